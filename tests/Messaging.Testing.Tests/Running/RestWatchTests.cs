using Messaging.Testing.Observing;
using Messaging.Testing.Running;

namespace Messaging.Testing.Tests.Running;

/// <summary>When the watchdog ends a wait, on a clock of the test's own.</summary>
public sealed class RestWatchTests : IDisposable
{
    private static readonly TimeSpan _limit = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan _latest = _limit * 1.25;

    private readonly VirtualTime _clock = new();
    private readonly SerialWork _work;
    private readonly RestWatch _watch;

    public RestWatchTests()
    {
        var time = new VirtualTime();
        _work = new SerialWork(time, seed: null);
        _watch = new RestWatch(_work.Count, new ObservationRecorder(time), _limit, _clock);
    }

    public void Dispose()
    {
        _watch.Dispose();
        _work.Dispose();
    }

    [Fact]
    public async Task Hang_FromTheFirstWaitOn_EndsAtTheLimit()
    {
        Task<bool> wait = Watch();

        _clock.Advance(_limit - TimeSpan.FromTicks(1));
        wait.IsCompleted.Should().BeFalse();
        _clock.Advance(_latest - _limit);

        await EndedAsync(wait);
    }

    [Theory]
    [InlineData(0.001)]
    [InlineData(0.3)]
    [InlineData(1.2499)]
    [InlineData(1.2501)]
    [InlineData(7.7)]
    [InlineData(123.4)]
    public async Task Hang_AfterALastPieceOfWork_EndsBetweenTheLimitAndAQuarterMore(double workedAt)
    {
        Task<bool> wait = Watch();
        for (double at = 0; at < workedAt; at += 5)
        {
            _clock.Advance(TimeSpan.FromSeconds(Math.Min(5, workedAt - at)));
            Work();
        }

        _clock.Advance(_limit - TimeSpan.FromTicks(1));
        wait.IsCompleted.Should().BeFalse();
        _clock.Advance(_latest - _limit + TimeSpan.FromTicks(1));

        await EndedAsync(wait);
    }

    [Theory]
    [InlineData(0.5)]
    [InlineData(9.9)]
    public async Task Hang_OfAWaitThatBeginsLater_CountsFromItsOwnBeginning(double begun)
    {
        Task<bool> first = Watch();
        _clock.Advance(TimeSpan.FromSeconds(begun));
        Task<bool> second = Watch();

        _clock.Advance(_limit - TimeSpan.FromTicks(1));
        second.IsCompleted.Should().BeFalse();
        _clock.Advance(_latest - _limit + TimeSpan.FromTicks(1));

        await EndedAsync(first);
        await EndedAsync(second);
    }

    [Fact]
    public async Task Looks_ThatAreLate_DoNotCountAsTimeWithoutWork()
    {
        Task<bool> wait = Watch();

        // The process stands still, twice, for much longer than the limit: two looks, which count as two intervals.
        for (int late = 0; late < 2; late++)
        {
            _clock.MoveTo(_clock.GetTimestamp() + (_limit * 5).Ticks);
            _clock.Advance(TimeSpan.Zero);
        }

        _clock.Advance(_limit * 0.7);
        wait.IsCompleted.Should().BeFalse();
        _clock.Advance(_limit * 0.1);

        await EndedAsync(wait);
    }

    [Fact]
    public void Wait_WhileWorkIsDone_NeverEnds()
    {
        Task<bool> wait = Watch();

        for (int i = 0; i < 100; i++)
        {
            _clock.Advance(_limit - TimeSpan.FromSeconds(1.3));
            Work();
        }

        wait.IsCompleted.Should().BeFalse();
    }

    private static async Task EndedAsync(Task wait) =>
        (await FluentActions.Awaiting(() => wait.WaitAsync(TimeSpan.FromMinutes(1))).Should().ThrowAsync<NotAtRestException>()).WithMessage("*for 10 s of real time*");

    private Task<bool> Watch() => _watch.Watch(new TaskCompletionSource<bool>().Task, needsRest: true);

    private void Work()
    {
        _work.Run(static () => { });
        _work.Drain();
    }
}
