using Messaging.Bounds;
using Messaging.Cursors;
using Messaging.Dispatch;
using Messaging.Leases;
using Messaging.State;

namespace Messaging.Engine.Tests.State;

public sealed class SubscriptionStateTests
{
    private readonly Shelf _shelf = new();
    private readonly LeaseList _consumer = new(100, null);

    public SubscriptionStateTests() => State.InHand.Leases.Held.Add(_consumer);

    private SubscriptionState State => _shelf.State;

    [Fact]
    public void Wait_ForNothing_OffersTheMessageAtTheEndOfTheDecision()
    {
        LogCursor cursor = _shelf.AddLog(1);
        Buffered item = Shelf.Take(cursor, failures: 2);

        State.Wait(item, from: 1_000, TimeSpan.Zero, now: 1_000).Should().Be(0);
        State.InHand.Leases.Offered.Should().Be(0);
        State.Demand.End(State.Intake);

        State.InHand.Leases.Offered.Should().Be(1);
        cursor.State.CountsOf(1).Should().Be(new RetryCounts(2, 2, 0));
        _shelf.AssertSum();
    }

    [Fact]
    public void Wait_ForATime_CountsFromTheFailure()
    {
        LogCursor cursor = _shelf.AddLog(1);

        State.Wait(Shelf.Take(cursor, failures: 1), from: 1_000, TimeSpan.FromTicks(50), now: 1_030).Should().Be(1_050);

        (State.InHand.Redelivery.NextDue, State.InHand.Redelivery.WaitingCount).Should().Be((1_050, 1));
        cursor.State.CountsOf(1).Should().Be(new RetryCounts(1, 1, 1_050));
        _shelf.AssertSum();
    }

    [Fact]
    public void Wait_BeyondItsAge_IsCapped()
    {
        LogCursor cursor = _shelf.AddLog(900);
        State.Keeper.Set(new Backlog("orders", new BacklogLimit { MaxAge = TimeSpan.FromMilliseconds(1), Action = BacklogAction.DropOldest }, static () => true));

        State.Wait(Shelf.Take(cursor), from: 1_000, TimeSpan.FromTicks(20_000), now: 1_000).Should().Be(10_900);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void EndMove_OfAMessage_CountsItAsDroppedUnlessItDeparts(bool departs)
    {
        LogCursor cursor = _shelf.AddLog(1);
        Move move = State.InHand.BeginMove(Shelf.Take(cursor));
        InHand.Leave(move);

        State.EndMove(cursor, 1, departs);

        (State.Counters.Dropped, State.InHand.Departing).Should().Be(departs ? (0, 1) : (1, 0));
        SubscriptionStatistics counts = State.Count();
        (counts.Ready, counts.Leased).Should().Be((0, departs ? 1 : 0));
    }

    [Fact]
    public void PassOver_OfAGap_CountsWhatWasNeeded()
    {
        LogCursor cursor = _shelf.AddStored(last: 5);
        Shelf.Take(cursor);

        State.PassOver(cursor, end: 4).Should().Be(new PassedGap(2, 3, 2, 2));

        (State.Counters.Damaged, cursor.State.Next, State.Count().Ready).Should().Be((2, 4, 3));
        cursor.State.Settle(1);
        cursor.State.Floor.Should().Be(4);
    }

    [Fact]
    public void PassOver_CursorThatBeginsAtTheOldest_TellsOfNoDamageOnce()
    {
        LogCursor cursor = _shelf.AddStored(last: 5);
        cursor.Ahead.BeginsAtOldest = true;
        cursor.State.SeekNext(cursor.End);

        State.PassOver(cursor, end: 3).Should().Be(new PassedGap(1, 2, 2, 0));
        State.PassOver(cursor, end: 4).Should().Be(new PassedGap(3, 3, 1, 1));
    }

    [Fact]
    public void Count_OfMessagesInEveryPlace_AddsUp()
    {
        LogCursor cursor = _shelf.AddLog(1, 2, 3, 4, 5, 6, 7, 8);
        long leased = State.InHand.Leases.Offer(Shelf.Take(cursor));
        State.InHand.Leases.Grant(leased, _consumer, deadline: 2_000, renewUntil: 0, lost: null);
        long acked = State.InHand.Leases.Offer(Shelf.Take(cursor, failures: 1));
        State.InHand.Leases.Grant(acked, _consumer, deadline: 2_000, renewUntil: 0, lost: null);
        State.InHand.Leases.TryAck(acked, out _);
        State.InHand.Leases.Offer(Shelf.Take(cursor));
        State.Wait(Shelf.Take(cursor), 1_000, TimeSpan.FromTicks(1), 1_000);
        State.Return(Shelf.Take(cursor));
        State.AddFailed(Shelf.Take(cursor));
        State.InHand.BeginMove(Shelf.Take(cursor));
        int slot = State.InHand.Leases.First;
        State.SettleAcks(ref slot, whole: true).Count.Should().Be(1);
        _shelf.AssertSum();

        SubscriptionStatistics counts = State.Count();

        (counts.Ready, counts.Leased, counts.Waiting, counts.Acked).Should().Be((4, 2, 1, 1), "offered, returned, failed, new; leased, moving");
        (counts.Delivered, counts.Redelivered).Should().Be((2, 1));
        (counts.Ready + counts.Leased + counts.Waiting + counts.Acked).Should().Be(8);
    }

    [Fact]
    public void TryAck_OfALinkedLease_SettlesIt()
    {
        LogCursor cursor = _shelf.AddLog(1);
        long number = State.InHand.Leases.Offer(Shelf.Take(cursor));
        State.InHand.Leases.Grant(number, _consumer, deadline: 2_000, renewUntil: 0, lost: null);
        int slot = State.InHand.Leases.First;
        State.SettleAcks(ref slot, whole: true);

        State.TryAck(number, out LogCursor found, out SettledRun run).Should().BeTrue();

        (found, run, State.Counters.Acked).Should().Be((cursor, new SettledRun(cursor, 1, null, 0), 1));
        State.TryAck(number, out _, out _).Should().BeFalse("it is settled");
        State.Counters.Acked.Should().Be(1);
    }

    [Fact]
    public void SettleAcks_WhileNewMessagesAreHeldBack_OffersThem()
    {
        LogCursor cursor = _shelf.AddLog(1, 2, 3);
        State.Fresh.MaxOutOfOrder = 1;
        long first = State.InHand.Leases.Offer(Shelf.Take(cursor));
        State.InHand.Leases.Grant(first, _consumer, deadline: 2_000, renewUntil: 0, lost: null);
        Shelf.Take(cursor);
        cursor.State.Settle(2);
        State.Demand.Serve(State.Intake);
        (State.Demand.IsFull, State.InHand.Leases.Offered).Should().Be((true, 1), "one is taken, and nobody has settled it");

        State.InHand.Leases.TryAck(first, out _);
        int slot = State.InHand.Leases.First;
        State.SettleAcks(ref slot, whole: true);
        State.Demand.End(State.Intake);

        (State.Demand.IsFull, State.InHand.Leases.Offered, cursor.State.Floor).Should().Be((false, 1, 3));
    }

    [Fact]
    public void Stop_WithMessagesOffered_BringsThemBackAndOffersNoMore()
    {
        _shelf.AddLog(1, 2);
        State.Demand.Serve(State.Intake);

        State.Stop();
        State.Demand.Ask();
        State.Demand.End(State.Intake);

        (State.InHand.Leases.Offered, State.InHand.Redelivery.ReadyCount).Should().Be((0, 2));
        _shelf.AssertSum();
    }

    [Fact]
    public void TryEvictOldest_OfWhatIsThere_BeginsAMove()
    {
        LogCursor cursor = _shelf.AddLog(1);

        State.TryEvictOldest(whole: true, long.MaxValue, out Move move).Should().BeTrue();

        (move.Item.Sequence, move.HasLeft, State.InHand.Moving, cursor.Share.Left).Should().Be((1, true, 1, 1));
        _shelf.AssertSum();
        State.TryEvictOldest(whole: true, long.MaxValue, out _).Should().BeFalse();
    }
}
