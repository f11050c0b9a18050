using System.Runtime.CompilerServices;
using Messaging.Cursors;
using Messaging.Dispatch;
using Messaging.Engine.Tests.Cursors;
using Messaging.Leases;
using Messaging.Logs;

namespace Messaging.Engine.Tests.Leases;

/// <summary>What is taken and acknowledged without the lock, and the look that settles it.</summary>
public sealed class LeaseLookTests
{
    private readonly LeaseTable _table = new();
    private readonly LeaseList _list = new(100, retry: null);
    private readonly LogCursor _orders = CursorOf(7);
    private readonly LogCursor _bills = CursorOf(8);

    public LeaseLookTests() => _table.AddList(_list);

    [Fact]
    public void Ack_BetweenGrantAndLook_IsSettledByTheLook()
    {
        long number = Grant(_orders);
        _table.TryAck(number, out LogCursor cursor).Should().BeTrue();
        cursor.Should().BeSameAs(_orders);
        (_orders.State.Floor, _table.Count).Should().Be((1, 1), "nobody has looked");

        SettledRun run = _table.Look(whole: false);

        (run.Cursor, run.Count, run.More).Should().Be((_orders, 1, false));
        (_orders.State.Floor, _orders.HeldFrom, _table.Count, _table.Granted).Should().Be((2, 2, 0, 1));
    }

    [Fact]
    public void Ack_Twice_HoldsOnce()
    {
        long number = Grant(_orders);

        _table.TryAck(number, out _).Should().BeTrue();
        _table.TryAck(number, out _).Should().BeFalse();
        Unsafe.IsNullRef(ref _table.Find(number)).Should().BeTrue("it is acknowledged already");
        _table.Look(whole: true).Count.Should().Be(1);
        _table.TryAck(number, out _).Should().BeFalse();
    }

    [Fact]
    public void Ack_OfAStaleNumberWhoseSlotIsUsedAgain_ChangesNothing()
    {
        long stale = Grant(_orders);
        _table.TryAck(stale, out _);
        _table.Look(whole: true);
        long held = Grant(_orders);
        (held & 0xFFFFF).Should().Be(stale & 0xFFFFF, "the slot is used again");

        _table.TryAck(stale, out _).Should().BeFalse();

        _table.TryAck(held, out _).Should().BeTrue();
    }

    [Theory]
    [InlineData(0L)]
    [InlineData(-1L)]
    [InlineData(long.MinValue)]
    [InlineData(long.MaxValue)]
    [InlineData(1L << 20)]
    [InlineData((1L << 20) | 0xFFFFF)]
    public void Ack_OfANumberThatWasNeverGranted_ChangesNothing(long number)
    {
        _table.TryAck(number, out _).Should().BeFalse();
        long offered = _table.Offer(new Buffered(_orders, _orders.State.Take(), default, 0, 0));
        _table.TryAck(offered, out _).Should().BeFalse("nobody has taken it");
        _table.TryAck(number == offered ? 0 : number, out _).Should().BeFalse();
    }

    [Fact]
    public void Look_AtALeaseThatIsHeld_LinksItAndLeavesTheAckToTheLock()
    {
        long number = Grant(_orders);
        _table.Look(whole: false);

        (_table.Leased, _table.NextDeadline()).Should().Be((1, 100));
        _table.TryAck(number, out _).Should().BeFalse();
        _table.TrySettle(number, out LogCursor cursor, out long sequence, out _).Should().BeTrue();
        (cursor, sequence, _table.Count).Should().Be((_orders, 1, 0));
    }

    [Fact]
    public void Look_BehindAMessageThatNobodyHasTaken_IsMadeOnlyAtAll()
    {
        long untaken = _table.Offer(new Buffered(_orders, _orders.State.Take(), default, 0, 0));
        long number = Grant(_orders);
        _table.TryAck(number, out _);

        _table.Look(whole: false).Count.Should().Be(0);
        _table.HasAcked().Should().BeTrue();
        _table.Look(whole: true).Count.Should().Be(1);
        _table.HasAcked().Should().BeFalse();
        (_table.Offered, _table.TakeBack(untaken).Sequence, _table.Count).Should().Be((1, 1, 0));
    }

    [Fact]
    public void Look_OverTwoCursors_SettlesTheOneAndTellsOfTheOther()
    {
        long[] numbers = [Grant(_orders), Grant(_orders), Grant(_bills), Grant(_orders)];
        foreach (long number in numbers)
        {
            _table.TryAck(number, out _);
        }

        (SettledRun First, SettledRun Second, SettledRun Third) runs = (_table.Look(true), _table.Look(true), _table.Look(true));

        (runs.First.Cursor, runs.First.Count, runs.First.More).Should().Be((_orders, 2, true));
        (runs.Second.Cursor, runs.Second.Count, runs.Second.More).Should().Be((_bills, 1, true));
        (runs.Third.Cursor, runs.Third.Count, runs.Third.More).Should().Be((_orders, 1, false));
        (_orders.State.Floor, _bills.State.Floor).Should().Be((4, 2));
    }

    [Fact]
    public void TakeBack_OfAMessageThatWasOffered_CountsNoAttempt()
    {
        long number = _table.Offer(new Buffered(_orders, _orders.State.Take(), default, attempts: 2, failures: 1));
        _table.Show(number).Item.Attempts.Should().Be(3, "whoever takes it sees this hand-over counted");

        Buffered item = _table.TakeBack(number);

        (item.Attempts, item.Failures, _table.Granted).Should().Be((2, 1, 0));
    }

    private long Grant(LogCursor cursor)
    {
        long number = _table.Offer(new Buffered(cursor, cursor.State.Take(), default, 0, 0));
        _table.Grant(number, _list, deadline: 100, renewUntil: 0, lost: null);
        return number;
    }

    private static LogCursor CursorOf(int log) =>
        new(new SilentOwner(), new MessageLog(log, $"log-{log}", Durability.Memory, isStored: false, lastSequence: 0), new CursorState(1));
}
