using System.Runtime.CompilerServices;
using Messaging.Cursors;
using Messaging.Dispatch;
using Messaging.Engine.Tests.Cursors;
using Messaging.Engine.Tests.State;
using Messaging.Leases;
using Messaging.Logs;
using Messaging.State;

namespace Messaging.Engine.Tests.Leases;

/// <summary>What is taken and acknowledged without the lock, and the look that settles it.</summary>
public sealed class LeaseLookTests
{
    private readonly SubscriptionState _state = new Shelf().State;
    private readonly LeaseList _list = new(100, retry: null);
    private readonly LogCursor _orders = CursorOf(7);
    private readonly LogCursor _bills = CursorOf(8);

    public LeaseLookTests() => _state.InHand.Leases.Held.Add(_list);

    [Fact]
    public void Ack_BetweenGrantAndLook_IsSettledByTheLook()
    {
        long number = Grant(_orders);
        _state.InHand.Leases.TryAck(number, out LogCursor cursor).Should().BeTrue();
        cursor.Should().BeSameAs(_orders);
        (_orders.State.Floor, _state.InHand.Leases.Count).Should().Be((1, 1), "nobody has looked");

        (LogCursor? Cursor, long Count, bool More) run = _state.Look(whole: false);

        (run.Cursor, run.Count, run.More).Should().Be((_orders, 1, false));
        (_orders.State.Floor, _orders.HeldFrom, _state.InHand.Leases.Count, _state.InHand.Leases.Granted).Should().Be((2, 2, 0, 1));
    }

    [Fact]
    public void Ack_Twice_HoldsOnce()
    {
        long number = Grant(_orders);

        _state.InHand.Leases.TryAck(number, out _).Should().BeTrue();
        _state.InHand.Leases.TryAck(number, out _).Should().BeFalse();
        Unsafe.IsNullRef(ref _state.InHand.Leases.Find(number)).Should().BeTrue("it is acknowledged already");
        _state.Look(whole: true).Count.Should().Be(1);
        _state.InHand.Leases.TryAck(number, out _).Should().BeFalse();
    }

    [Fact]
    public void Ack_OfAStaleNumberWhoseSlotIsUsedAgain_ChangesNothing()
    {
        long stale = Grant(_orders);
        _state.InHand.Leases.TryAck(stale, out _);
        _state.Look(whole: true);
        long held = Grant(_orders);
        (held & 0xFFFFF).Should().Be(stale & 0xFFFFF, "the slot is used again");

        _state.InHand.Leases.TryAck(stale, out _).Should().BeFalse();

        _state.InHand.Leases.TryAck(held, out _).Should().BeTrue();
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
        _state.InHand.Leases.TryAck(number, out _).Should().BeFalse();
        long offered = _state.InHand.Leases.Offer(new Buffered(_orders, _orders.State.Take(), default, 0, 0));
        _state.InHand.Leases.TryAck(offered, out _).Should().BeFalse("nobody has taken it");
        _state.InHand.Leases.TryAck(number == offered ? 0 : number, out _).Should().BeFalse();
    }

    [Fact]
    public void Look_AtALeaseThatIsHeld_LinksItAndLeavesTheAckToTheLock()
    {
        long number = Grant(_orders);
        _state.Look(whole: false);

        (_state.InHand.Leases.Leased, _state.InHand.Leases.NextDeadline()).Should().Be((1, 100));
        _state.InHand.Leases.TryAck(number, out _).Should().BeFalse();
        _state.InHand.Leases.TrySettle(number, out AckedMessage acked).Should().BeTrue();
        (acked.Cursor, acked.Sequence, _state.InHand.Leases.Count).Should().Be((_orders, 1, 0));
    }

    [Fact]
    public void Look_BehindAMessageThatNobodyHasTaken_IsMadeOnlyAtAll()
    {
        long untaken = _state.InHand.Leases.Offer(new Buffered(_orders, _orders.State.Take(), default, 0, 0));
        long number = Grant(_orders);
        _state.InHand.Leases.TryAck(number, out _);

        _state.Look(whole: false).Count.Should().Be(0);
        _state.InHand.Leases.HasAcked().Should().BeTrue();
        _state.Look(whole: true).Count.Should().Be(1);
        _state.InHand.Leases.HasAcked().Should().BeFalse();
        (_state.InHand.Leases.Offered, _state.InHand.Leases.TakeBack(untaken).Sequence, _state.InHand.Leases.Count).Should().Be((1, 1, 0));
    }

    [Fact]
    public void Look_OverTwoCursors_SettlesTheOneAndTellsOfTheOther()
    {
        long[] numbers = [Grant(_orders), Grant(_orders), Grant(_bills), Grant(_orders)];
        foreach (long number in numbers)
        {
            _state.InHand.Leases.TryAck(number, out _);
        }

        ((LogCursor? Cursor, long Count, bool More) First, (LogCursor? Cursor, long Count, bool More) Second, (LogCursor? Cursor, long Count, bool More) Third) runs = (_state.Look(true), _state.Look(true), _state.Look(true));

        (runs.First.Cursor, runs.First.Count, runs.First.More).Should().Be((_orders, 2, true));
        (runs.Second.Cursor, runs.Second.Count, runs.Second.More).Should().Be((_bills, 1, true));
        (runs.Third.Cursor, runs.Third.Count, runs.Third.More).Should().Be((_orders, 1, false));
        (_orders.State.Floor, _bills.State.Floor).Should().Be((4, 2));
    }

    [Fact]
    public void TakeBack_OfAMessageThatWasOffered_CountsNoAttempt()
    {
        long number = _state.InHand.Leases.Offer(new Buffered(_orders, _orders.State.Take(), default, attempts: 2, failures: 1));
        _state.InHand.Leases.Show(number).Item.Attempts.Should().Be(3, "whoever takes it sees this hand-over counted");

        Buffered item = _state.InHand.Leases.TakeBack(number);

        (item.Attempts, item.Failures, _state.InHand.Leases.Granted).Should().Be((2, 1, 0));
    }

    private long Grant(LogCursor cursor)
    {
        long number = _state.InHand.Leases.Offer(new Buffered(cursor, cursor.State.Take(), default, 0, 0));
        _state.InHand.Leases.Grant(number, _list, deadline: 100, renewUntil: 0, lost: null);
        return number;
    }

    private static LogCursor CursorOf(int log) =>
        new(new SilentOwner(), new MessageLog(log, $"log-{log}", Durability.Memory, isStored: false, lastSequence: 0), new CursorState(1));
}
