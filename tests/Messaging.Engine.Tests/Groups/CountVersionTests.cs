using Messaging.Groups;
using Messaging.State;

namespace Messaging.Engine.Tests.Groups;

public sealed class CountVersionTests
{
    private static readonly TimeSpan _limit = TimeSpan.FromSeconds(30);
    private readonly CountVersion _version = new();
    private int _reads;
    private bool _moved;

    [Fact]
    public void Read_NothingMoves_ReadsOnce()
    {
        Move();

        Read(_ => { }).Should().BeTrue();

        _reads.Should().Be(1);
    }

    [Fact]
    public void Read_AMoveMeanwhile_ReadsAgain()
    {
        Read(time =>
        {
            if (time <= 2)
            {
                Move();
            }
        });

        _reads.Should().Be(3);
    }

    [Fact]
    public async Task Read_AMoveBeginsMeanwhile_EndsWithWhatItHasMoved()
    {
        using var begun = new SemaphoreSlim(0);
        Task<bool> reading = Task.Run(() => Read(time =>
        {
            if (time == 1)
            {
                _version.Begin();
                begun.Release();
            }
        }));
        (await begun.WaitAsync(_limit)).Should().BeTrue();

        Volatile.Write(ref _moved, true);
        _version.End();

        (await reading.WaitAsync(_limit)).Should().BeTrue();
        _reads.Should().Be(2, "nothing is read while the move is under way");
    }

    [Fact]
    public async Task Read_OneOfTwoMovesHasEnded_WaitsForTheOther()
    {
        using var begun = new SemaphoreSlim(0);
        Task<bool> reading = Task.Run(() => Read(time =>
        {
            if (time == 1)
            {
                _version.Begin();
                _version.Begin();
                _version.End();
                begun.Release();
            }
        }));
        (await begun.WaitAsync(_limit)).Should().BeTrue();

        Volatile.Write(ref _moved, true);
        _version.End();

        (await reading.WaitAsync(_limit)).Should().BeTrue();
        _reads.Should().Be(2);
    }

    private void Move()
    {
        _version.Begin();
        Volatile.Write(ref _moved, true);
        _version.End();
    }

    private bool Read(Action<int> meanwhile) => _version.Read(this, test =>
    {
        bool moved = Volatile.Read(ref test._moved);
        meanwhile(++test._reads);
        return moved;
    });
}
