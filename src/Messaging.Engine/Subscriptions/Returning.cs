using Messaging.Context;
using Messaging.Cursors;
using Messaging.Diagnostics;
using Messaging.Dispatch;
using Messaging.Leases;
using Messaging.State;

namespace Messaging.Subscriptions;

/// <summary>What comes back from consumers unhandled, which counts no failure; and the waiting for the store that may end so.</summary>
internal sealed class Returning(Subscription subscription)
{
    private readonly BrokerContext _context = subscription.Context;
    private readonly SubscriptionState _state = subscription.State;

    private LeaseTable Leases => _state.InHand.Leases;

    /// <summary>Takes back a delivery whose handler was asked to stop: it goes to others at once, and no failure is counted.</summary>
    /// <returns>Whether the lease was held.</returns>
    public bool Return(DeliveryToken token)
    {
        using Aftermath after = subscription.Decide();
        if (!subscription.TryRelease(token, out Lease lease))
        {
            return false;
        }

        _state.Return(lease.Item);
        after.Ended(token, DeliveryEnd.Returned, reason: "Its handler was asked to stop.");
        after.Mark(lease.Item.Cursor);
        after.CheckBacklog();
        return true;
    }

    /// <summary>Takes back what was handed to a consumer that has gone meanwhile, if nobody else has done so.</summary>
    public bool TryReturn(long number)
    {
        using Guard guard = subscription.Hold();
        if (!Leases.TryRelease(number, out Lease lease))
        {
            return false;
        }

        _state.Return(lease.Item);
        return true;
    }

    /// <summary>Takes back a message, reserved or leased, after an unexpected exception in the consumer. No failure is counted. The message comes again
    /// after a second: at once, the same might happen without pause.</summary>
    /// <param name="number">The delivery number, as it was read from the buffer.</param>
    public void PutOff(long number)
    {
        using Aftermath after = subscription.Decide();
        bool wasLeased = Leases.TryRelease(number, out Lease lease);
        if (!wasLeased && !Leases.TryPeek(number, out _))
        {
            // It was settled, or its lease has ended.
            return;
        }

        long due = WaitASecond(wasLeased ? lease.Item : Leases.TakeBack(number));
        after.Alarm(due);
        if (wasLeased)
        {
            after.Ended(new DeliveryToken(_context.Epoch, number), DeliveryEnd.Returned, due, "Its consumer met an unexpected exception.");
        }
    }

    /// <summary>Waits for the store where a delivery must not begin before it knows: of the ack on receipt, or of the beginning.</summary>
    /// <returns>Whether it may begin. False if the lease was lost: another consumer gets the message.</returns>
    public async ValueTask<bool> ConfirmAsync(DeliveryToken token, LogCursor? toMark, bool acksOnReceive)
    {
        if (acksOnReceive)
        {
            return await subscription.Parts.Settling.AckAsync(token, CancellationToken.None).ConfigureAwait(WorkContext.IsCurrent) == Settlement.Acked;
        }

        if (toMark is not null)
        {
            try
            {
                await _context.Writer!.MarkDirty(toMark, Durability.Process, waits: true).ConfigureAwait(WorkContext.IsCurrent);
            }
            catch (StoreException)
            {
                PutOff(token);
                throw;
            }
        }

        return true;
    }

    /// <summary>Takes back a delivery that could not begin, which is no failure of the message. It comes again after a while: at once, a store that
    /// refuses would be asked without pause.</summary>
    private void PutOff(DeliveryToken token)
    {
        using Aftermath after = subscription.Decide();
        if (subscription.TryRelease(token, out Lease lease))
        {
            long due = WaitASecond(lease.Item);
            after.Ended(token, DeliveryEnd.Returned, due, "The store refused to note that its handling begins.");
            after.Alarm(due);
        }
    }

    private long WaitASecond(in Buffered item)
    {
        long now = _context.Clock.Now;
        return _state.Wait(item, now, TimeSpan.FromSeconds(1), now);
    }
}
