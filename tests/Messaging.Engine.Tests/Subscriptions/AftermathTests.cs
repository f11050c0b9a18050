using Messaging.Bounds;
using Messaging.Cursors;
using Messaging.Diagnostics;
using Messaging.State;
using Messaging.Subscriptions;

namespace Messaging.Engine.Tests.Subscriptions;

public sealed class AftermathTests : IDisposable
{
    private readonly Bench _bench = new(new SubscriptionOptions
    {
        Backlog = new BacklogLimit { MaxMessages = 10, Action = BacklogAction.DropOldest },
    });

    private readonly LogCursor _stored = new(new Cursors.SilentOwner(), Bench.NewLog(2, "audit", isStored: true), new CursorState(1));

    private Subscription Subscription => _bench.Subscription;

    private SubscriptionState State => _bench.State;

    private Backlog Backlog => State.Keeper.Limit!;

    private bool IsMarked => _stored.IsMarked(Durability.Memory);

    public void Dispose() => _bench.Dispose();

    [Fact]
    public void Dispose_OfADecisionThatLeavesEverything_DoesItInOneOrder()
    {
        _bench.Append(3);
        Move move = _bench.BeginMove();
        using var lost = new CancellationTokenSource();
        using CancellationTokenRegistration registration = lost.Token.Register(() => _bench.Note("cancelled"));
        List<(string Moment, long Floor, long Held, int Offered, bool IsMarked, bool IsLockFree)> seen = [];
        _bench.At = moment => seen.Add((moment, _bench.Log.Floor, Backlog.Messages.Held, State.InHand.Leases.Offered, IsMarked, _bench.IsLockFree));

        InContext(() =>
        {
            using Aftermath after = Subscription.Decide();
            after.CheckBacklog();
            after.Log(_ => _bench.Note("logged"));
            after.Cancel(lost);
            after.Mark(_stored);
            after.Alarm(_bench.Now + 10);
            after.Dropped(move.Item);
            after.Settled(InHand.Leave(move));
            after.Settled(State.EndMove(_bench.Cursor, move.Item.Sequence, departs: false));
            State.Demand.Ask();
            Backlog.Add(9, 0);
        });

        seen.Should().Equal(
            ("dropped 1", 2, 11, 2, false, true),
            ("alarm", 2, 11, 2, false, true),
            ("cancelled", 2, 11, 2, true, true),
            ("logged", 2, 11, 2, true, true),
            ("dropped 2", 3, 10, 1, true, true));
    }

    [Fact]
    public void Dispose_OfADecisionThatLeavesNothing_DoesNothing()
    {
        _bench.Append(1);
        int works = _bench.Work.Count;

        using (Aftermath after = Subscription.Decide())
        {
            after.Settled(default);
            after.Cancel(null);
            after.Log(null);
            after.Alarm(0);
            after.Alarm(long.MaxValue);
        }

        _bench.Moments.Should().BeEmpty();
        (_bench.Time.Changes.Count, _bench.Work.Count, State.InHand.Leases.Offered).Should().Be((0, works, 0));
        _bench.IsLockFree.Should().BeTrue();
    }

    [Fact]
    public void Dispose_AfterAnException_LeavesTheLockAndDoesWhatWasDecided()
    {
        FluentActions.Invoking(DecideAndThrow).Should().Throw<InvalidTimeZoneException>();

        _bench.Moments.Should().Equal("Returned");
        _bench.IsLockFree.Should().BeTrue();
    }

    [Fact]
    public void Alarm_OfSeveralTimes_RingsAtTheEarliest()
    {
        using (Aftermath after = Subscription.Decide())
        {
            after.Alarm(_bench.Now + 300);
            after.Alarm(0);
            after.Alarm(_bench.Now + 100);
            after.Alarm(_bench.Now + 200);
        }

        _bench.Time.Changes.Should().Equal(TimeSpan.FromTicks(100));
    }

    [Fact]
    public void Alarm_AfterTheEndOfDeliveries_IsNotSet()
    {
        Subscription.Parts.Control.Shut();
        int before = _bench.Time.Changes.Count;

        using (Aftermath after = Subscription.Decide())
        {
            after.Alarm(_bench.Now + 100);
        }

        _bench.Time.Changes.Should().HaveCount(before);
    }

    [Fact]
    public void Settled_ManyRuns_AllLeaveTheBacklog()
    {
        _bench.Append(6);
        Move[] moves = [_bench.BeginMove(), _bench.BeginMove(), _bench.BeginMove()];
        Backlog.Messages.Held.Should().Be(6);

        using (Aftermath after = Subscription.Decide())
        {
            foreach (Move move in moves)
            {
                after.Settled(InHand.Leave(move));
                after.Settled(State.EndMove(_bench.Cursor, move.Item.Sequence, departs: false));
            }
        }

        (Backlog.Messages.Held, _bench.Log.Floor, State.Counters.Dropped).Should().Be((3, 4, 3));
    }

    [Fact]
    public void Settled_RunsOfOneCursorAmongOthers_AreOneForTheBacklog()
    {
        LogCursor other = Subscription.Parts.Logs.Add(Bench.NewLog(20, "more", isStored: false), new CursorState(1));
        Backlog.Add(20, 1_000);

        using (Aftermath after = Subscription.Decide())
        {
            after.Settled(new SettledRun(null, 1, Backlog, 100));
            after.Settled(new SettledRun(other, 1, null, 0));
            after.Settled(new SettledRun(null, 2, Backlog, 30));
            after.Settled(new SettledRun(other, 1, Backlog, 7));
        }

        (Backlog.Messages.Held, Backlog.Bytes.Held).Should().Be((16, 863));
    }

    [Fact]
    public void Mark_OfALogInMemory_WritesNothing()
    {
        using (Aftermath after = Subscription.Decide())
        {
            after.Mark(_bench.Cursor);
        }

        _bench.Cursor.IsMarked(Durability.Memory).Should().BeFalse();
    }

    [Fact]
    public void SettleAcks_OfWhatWasAcknowledged_MakesRoomAndNotesTheUse()
    {
        _bench.Append(2);
        DeliveryToken first = _bench.Deliver();
        DeliveryToken second = _bench.Deliver();
        State.InHand.Leases.TryAck(second.Number, out _).Should().BeTrue();
        State.InHand.Leases.TryAck(first.Number, out _).Should().BeTrue();

        using (Aftermath after = Subscription.Decide())
        {
            after.SettleAcks(whole: true);
            Backlog.Messages.Held.Should().Be(2, "room is given when the lock is left");
        }

        (Backlog.Messages.Held, _bench.Log.Floor, State.Counters.Acked, State.InHand.Leases.Count).Should().Be((0, 3, 2, 0));
    }

    [Fact]
    public void Hold_ThatMakesSomethingReady_OffersItBeforeItLeaves()
    {
        _bench.Append(2);

        using (Guard guard = Subscription.Hold())
        {
            State.Demand.Ask();
            State.InHand.Leases.Offered.Should().Be(0);
        }

        State.InHand.Leases.Offered.Should().Be(2);
        _bench.IsLockFree.Should().BeTrue();
    }

    [Fact]
    public void Hold_WhileAConsumerIsParkedAndAllRoomWasTaken_HasThatSettledSoon()
    {
        using var bench = new Bench(prefetch: 1);
        bench.Append(2);
        bench.Deliver();
        using (Guard guard = bench.Subscription.Hold())
        {
            bench.State.Demand.Park();
            bench.State.Demand.Serve(bench.State.Intake);
            bench.Work.Count.Should().Be(0, "it is begun when the lock is left");
        }

        (bench.State.Demand.IsHungry, bench.Work.Count).Should().Be((true, 1));
        bench.Work.RunOne();

        (bench.State.Demand.IsHungry, bench.State.InHand.Leases.Offered, bench.State.InHand.Leases.Leased).Should().Be((false, 1, 1));
    }

    private static void InContext(Action action)
    {
        SynchronizationContext? before = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(new InlineContext());
        try
        {
            action();
        }
        finally
        {
            SynchronizationContext.SetSynchronizationContext(before);
        }
    }

    private void DecideAndThrow()
    {
        using Aftermath after = Subscription.Decide();
        after.Ended(new DeliveryToken(1, 1), DeliveryEnd.Returned);
        throw new InvalidTimeZoneException();
    }
}
