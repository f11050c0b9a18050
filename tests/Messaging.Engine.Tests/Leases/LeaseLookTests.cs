using System.Runtime.CompilerServices;
using Messaging.Cursors;
using Messaging.Dispatch;
using Messaging.Engine.Tests.Cursors;
using Messaging.Leases;
using Messaging.Logs;
using Messaging.State;

namespace Messaging.Engine.Tests.Leases;

/// <summary>What is taken and acknowledged without the lock, and the look that settles it.</summary>
public sealed class LeaseLookTests
{
    private readonly InHand _inHand = new();
    private readonly LeaseList _list = new(100, retry: null);
    private readonly LogCursor _orders = CursorOf(7);
    private readonly LogCursor _bills = CursorOf(8);

    public LeaseLookTests() => _inHand.Leases.AddList(_list);

    [Fact]
    public void Ack_BetweenGrantAndLook_IsSettledByTheLook()
    {
        long number = Grant(_orders);
        _inHand.Leases.TryAck(number, out LogCursor cursor).Should().BeTrue();
        cursor.Should().BeSameAs(_orders);
        (_orders.State.Floor, _inHand.Leases.Count).Should().Be((1, 1), "nobody has looked");

        (LogCursor? Cursor, long Count, bool More) run = _inHand.Look(whole: false);

        (run.Cursor, run.Count, run.More).Should().Be((_orders, 1, false));
        (_orders.State.Floor, _orders.HeldFrom, _inHand.Leases.Count, _inHand.Leases.Granted).Should().Be((2, 2, 0, 1));
    }

    [Fact]
    public void Ack_Twice_HoldsOnce()
    {
        long number = Grant(_orders);

        _inHand.Leases.TryAck(number, out _).Should().BeTrue();
        _inHand.Leases.TryAck(number, out _).Should().BeFalse();
        Unsafe.IsNullRef(ref _inHand.Leases.Find(number)).Should().BeTrue("it is acknowledged already");
        _inHand.Look(whole: true).Count.Should().Be(1);
        _inHand.Leases.TryAck(number, out _).Should().BeFalse();
    }

    [Fact]
    public void Ack_OfAStaleNumberWhoseSlotIsUsedAgain_ChangesNothing()
    {
        long stale = Grant(_orders);
        _inHand.Leases.TryAck(stale, out _);
        _inHand.Look(whole: true);
        long held = Grant(_orders);
        (held & 0xFFFFF).Should().Be(stale & 0xFFFFF, "the slot is used again");

        _inHand.Leases.TryAck(stale, out _).Should().BeFalse();

        _inHand.Leases.TryAck(held, out _).Should().BeTrue();
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
        _inHand.Leases.TryAck(number, out _).Should().BeFalse();
        long offered = _inHand.Leases.Offer(new Buffered(_orders, _orders.State.Take(), default, 0, 0));
        _inHand.Leases.TryAck(offered, out _).Should().BeFalse("nobody has taken it");
        _inHand.Leases.TryAck(number == offered ? 0 : number, out _).Should().BeFalse();
    }

    [Fact]
    public void Look_AtALeaseThatIsHeld_LinksItAndLeavesTheAckToTheLock()
    {
        long number = Grant(_orders);
        _inHand.Look(whole: false);

        (_inHand.Leases.Leased, _inHand.Leases.NextDeadline()).Should().Be((1, 100));
        _inHand.Leases.TryAck(number, out _).Should().BeFalse();
        _inHand.Leases.TrySettle(number, out LogCursor cursor, out long sequence, out _).Should().BeTrue();
        (cursor, sequence, _inHand.Leases.Count).Should().Be((_orders, 1, 0));
    }

    [Fact]
    public void Look_BehindAMessageThatNobodyHasTaken_IsMadeOnlyAtAll()
    {
        long untaken = _inHand.Leases.Offer(new Buffered(_orders, _orders.State.Take(), default, 0, 0));
        long number = Grant(_orders);
        _inHand.Leases.TryAck(number, out _);

        _inHand.Look(whole: false).Count.Should().Be(0);
        _inHand.Leases.HasAcked().Should().BeTrue();
        _inHand.Look(whole: true).Count.Should().Be(1);
        _inHand.Leases.HasAcked().Should().BeFalse();
        (_inHand.Leases.Offered, _inHand.Leases.TakeBack(untaken).Sequence, _inHand.Leases.Count).Should().Be((1, 1, 0));
    }

    [Fact]
    public void Look_OverTwoCursors_SettlesTheOneAndTellsOfTheOther()
    {
        long[] numbers = [Grant(_orders), Grant(_orders), Grant(_bills), Grant(_orders)];
        foreach (long number in numbers)
        {
            _inHand.Leases.TryAck(number, out _);
        }

        ((LogCursor? Cursor, long Count, bool More) First, (LogCursor? Cursor, long Count, bool More) Second, (LogCursor? Cursor, long Count, bool More) Third) runs = (_inHand.Look(true), _inHand.Look(true), _inHand.Look(true));

        (runs.First.Cursor, runs.First.Count, runs.First.More).Should().Be((_orders, 2, true));
        (runs.Second.Cursor, runs.Second.Count, runs.Second.More).Should().Be((_bills, 1, true));
        (runs.Third.Cursor, runs.Third.Count, runs.Third.More).Should().Be((_orders, 1, false));
        (_orders.State.Floor, _bills.State.Floor).Should().Be((4, 2));
    }

    [Fact]
    public void TakeBack_OfAMessageThatWasOffered_CountsNoAttempt()
    {
        long number = _inHand.Leases.Offer(new Buffered(_orders, _orders.State.Take(), default, attempts: 2, failures: 1));
        _inHand.Leases.Show(number).Item.Attempts.Should().Be(3, "whoever takes it sees this hand-over counted");

        Buffered item = _inHand.Leases.TakeBack(number);

        (item.Attempts, item.Failures, _inHand.Leases.Granted).Should().Be((2, 1, 0));
    }

    private long Grant(LogCursor cursor)
    {
        long number = _inHand.Leases.Offer(new Buffered(cursor, cursor.State.Take(), default, 0, 0));
        _inHand.Leases.Grant(number, _list, deadline: 100, renewUntil: 0, lost: null);
        return number;
    }

    private static LogCursor CursorOf(int log) =>
        new(new SilentOwner(), new MessageLog(log, $"log-{log}", Durability.Memory, isStored: false, lastSequence: 0), new CursorState(1));
}
