using Messaging.State;
using Messaging.Subscriptions;

namespace Messaging.Engine.Tests.Subscriptions;

public sealed class StoredBacklogTests : IDisposable
{
    private readonly TwoRecordStore _store = new();
    private readonly Bench _bench;

    public StoredBacklogTests() => _bench = new Bench(
        new SubscriptionOptions { Backlog = new BacklogLimit { MaxMessages = 10, Action = BacklogAction.DropOldest } }, prefetch: 3, _store, last: 100);

    private SubscriptionState State => _bench.State;

    public void Dispose() => _bench.Dispose();

    [Fact]
    public void ReadAhead_OfTheNextMessages_OffersThemAndReadsOn()
    {
        Serve();
        _bench.Cursor.Ahead.IsReading.Should().BeTrue();
        _bench.Work.RunAll();

        _store.Reads.Should().Equal(1, 3);
        (State.InHand.Leases.Offered, State.Reads.Ended, State.Reads.Failed, State.Reads.IsAnyRunning).Should().Be((3, 2, 0, false));
        _bench.Work.Entered.Should().Be(0);
    }

    [Fact]
    public void ReadAhead_WhatFollowsItThrowsWhileTheNextRuns_EndsOnce()
    {
        Serve();
        State.Keeper.Limit!.Add(20, 0);
        _bench.At = static _ => throw new InvalidTimeZoneException("nobody expected it");

        _bench.Work.RunOne();
        _bench.At = null;

        (State.Reads.Ended, State.Reads.Failed, State.Reads.IsAnyRunning, _bench.Cursor.Ahead.IsReading).Should().Be((1, 0, true, true));
        _bench.Work.RunAll();
        (State.Reads.IsAnyRunning, _bench.Cursor.Ahead.IsReading).Should().Be((false, false));
    }

    private void Serve()
    {
        using Guard guard = _bench.Subscription.Hold();
        State.Demand.Ask();
    }
}
