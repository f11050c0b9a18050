using Messaging.Context;
using Messaging.Dispatch;
using Messaging.Leases;
using Messaging.State;

namespace Messaging.Subscriptions;

/// <summary>Pauses and ends a subscription, and says when it was used last.</summary>
internal sealed class SubscriptionControl(Subscription subscription, DispatchBuffer buffer)
{
    private readonly BrokerContext _context = subscription.Context;
    private readonly SubscriptionState _state = subscription.State;

    public bool IsPaused
    {
        get
        {
            using Guard guard = subscription.Hold();
            return _state.Availability.IsPaused;
        }
    }

    public (int Consumers, DateTimeOffset LastActivity) Use
    {
        get
        {
            using Aftermath after = subscription.Decide();
            after.SettleAcks(whole: true);
            return (_state.Ports.Count, new DateTimeOffset(_context.Clock.ToWall(_state.LastUse.At), TimeSpan.Zero));
        }
    }

    public void Pause()
    {
        using Guard guard = subscription.Hold();
        _state.Availability.IsPaused = true;
        _state.Stop();
    }

    /// <summary>Ends all deliveries.</summary>
    public void Shut()
    {
        ConsumerPort[] ports;
        using (Guard guard = subscription.Hold())
        {
            _state.Availability.IsClosed = true;
            _state.Stop();
            ports = [.. _state.Ports];
        }

        foreach (ConsumerPort port in ports)
        {
            subscription.Parts.Consumers.Close(port);
        }

        subscription.Alarm.Clear();
        buffer.Complete();
        StoreLastUse();
        _state.Keeper.Limit?.Lift();
    }

    /// <summary>Ends all deliveries, since the store has failed: what is handed over now could not be settled.</summary>
    public void Fail(StoreException failure)
    {
        using Guard guard = subscription.Hold();
        if (!_state.Availability.IsClosed && _state.Availability.Failure is null && _state.Fresh.Cursors.Any(static cursor => cursor.Log.IsStored))
        {
            _state.Availability.Failure = failure;
            _state.Stop();
            buffer.Complete(failure);
        }
    }

    /// <summary>Counts dead letters that cannot be read.</summary>
    public void AddDamaged(long count)
    {
        using Guard guard = subscription.Hold();
        _state.Counters.Damaged += count;
    }

    /// <summary>Has the last use written at an orderly stop.</summary>
    private void StoreLastUse()
    {
        using Aftermath after = subscription.Decide();
        if (_state.LastUse.IsWorthStoring && _state.Fresh.Cursors.FirstOrDefault(static cursor => cursor.Log.IsStored) is { } cursor)
        {
            after.Mark(cursor);
        }
    }
}
