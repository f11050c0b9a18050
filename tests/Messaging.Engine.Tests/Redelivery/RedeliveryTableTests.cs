using Messaging.Cursors;
using Messaging.Dispatch;
using Messaging.Engine.Tests.Cursors;
using Messaging.Logs;
using Messaging.Redelivery;

namespace Messaging.Engine.Tests.Redelivery;

public sealed class RedeliveryTableTests
{
    private readonly RedeliveryTable _table = new();

    [Fact]
    public void Returned_InAnyOrder_ComeInTheOrderOfTheLog()
    {
        foreach (long sequence in (long[])[5, 2, 9, 1])
        {
            _table.Return(Item(sequence));
        }

        var taken = new List<long>();
        while (_table.TryTakeReturned(out Buffered item))
        {
            taken.Add(item.Sequence);
        }

        taken.Should().Equal(1, 2, 5, 9);
    }

    [Fact]
    public void Failed_InAnyOrder_ComeInTheOrderOfFailing()
    {
        _table.AddFailed(Item(5));
        _table.AddFailed(Item(2));
        _table.Return(Item(7));

        _table.TryTakeFailed(out Buffered first).Should().BeTrue();
        _table.TryTakeFailed(out Buffered second).Should().BeTrue();
        _table.TryTakeFailed(out _).Should().BeFalse("a returned one is not a failed one");

        (first.Sequence, second.Sequence).Should().Be((5, 2));
        _table.ReadyCount.Should().Be(1);
    }

    [Fact]
    public void Waiting_OfSeveralTimes_ComeWhenTheyAreDueAndNotBefore()
    {
        _table.AddWaiting(Item(1), due: 30);
        _table.AddWaiting(Item(2), due: 10);
        _table.AddWaiting(Item(4), due: 20);
        _table.AddWaiting(Item(3), due: 20);

        Due(9).Should().BeEmpty();
        _table.NextDue.Should().Be(10);
        Due(20).Should().Equal(2, 3, 4);
        _table.NextDue.Should().Be(30);
        _table.WaitingCount.Should().Be(1);
        Due(30).Should().Equal(1);
        _table.NextDue.Should().Be(long.MaxValue);
    }

    [Fact]
    public void Counts_OfWaitingAndReady_AreApart()
    {
        _table.Return(Item(1));
        _table.AddFailed(Item(2));
        _table.AddWaiting(Item(3), due: 1);

        (_table.ReadyCount, _table.WaitingCount).Should().Be((2, 1));
    }

    [Fact]
    public void Asked_OfSeveralCursors_AreListedByCursorWithTheCountsFromBeforeTheFailure()
    {
        LogCursor cursor = Cursor();
        LogCursor other = Cursor();
        _table.BeginAsking(10, new Buffered(cursor, 5, default, 3, 1));
        _table.BeginAsking(11, new Buffered(other, 5, default, 1, 0));
        _table.BeginAsking(12, new Buffered(cursor, 6, default, 1, 0));

        _table.EndAsking(12);

        var listed = new List<KeyValuePair<long, RetryCounts>>();
        _table.AddAsked(cursor, listed);
        listed.Should().BeEquivalentTo([KeyValuePair.Create(5L, new RetryCounts(3, 1, 0))]);
        (_table.ReadyCount, _table.WaitingCount).Should().Be((0, 0), "they do not go back yet");
    }

    private static LogCursor Cursor() => new(new SilentOwner(), new MessageLog(1, "orders", Durability.Memory, isStored: false, 0), new CursorState(1));

    private static Buffered Item(long sequence) => new(null!, sequence, default, 0, 0);

    private List<long> Due(long now)
    {
        var due = new List<long>();
        while (_table.TryTakeDue(now, out Buffered item))
        {
            due.Add(item.Sequence);
        }

        return due;
    }
}
