using System.Runtime.CompilerServices;
using Messaging.Context;
using Messaging.Cursors;
using Messaging.Diagnostics;
using Messaging.Leases;
using Messaging.Subscriptions;

namespace Messaging.Consumers;

/// <summary>The taking of messages by one consumer: each is leased and read.</summary>
internal sealed class DeliveryTaker<T>(BrokerContext context, Subscription subscription, ConsumerPort port, bool acksOnReceive)
{
    private readonly Settling _settling = subscription.Parts.Settling;

    /// <summary>Takes a message if there is one.</summary>
    /// <param name="delivery">The message.</param>
    /// <param name="mustConfirm">Whether it is the caller's only after <see cref="ConfirmAsync"/>.</param>
    /// <param name="toMark">What that needs.</param>
    [MethodImpl(MethodImplOptions.NoInlining)] // Inlined into a caller's loop, the parts of it would be left out of line.
    public bool TryTake(out Delivery<T> delivery, out bool mustConfirm, out LogCursor? toMark)
    {
        while (subscription.TryReserve(port, out long number))
        {
            ref readonly Lease lease = ref subscription.Show(number);
            toMark = lease.Item.ToMark;
            mustConfirm = toMark is not null || acksOnReceive;
            delivery = BodyReader.ToDelivery<T>(context, lease, _settling, out bool isUnread);
            bool isGivenUp = false;
            if (isUnread ? TryTakeUnread(lease, out delivery, out isGivenUp) : TryGrant(number))
            {
                if (context.Observer is { } observer)
                {
                    NoteDelivered(observer, number, delivery);
                }

                return true;
            }

            if (!isGivenUp)
            {
                break;
            }
        }

        delivery = default;
        mustConfirm = false;
        toMark = null;
        return false;
    }

    /// <summary>Confirms a delivery in the store, where it must not begin before the store knows.</summary>
    /// <returns>Whether it may begin. Otherwise somebody else gets the message.</returns>
    public ValueTask<bool> ConfirmAsync(in Delivery<T> delivery, LogCursor? toMark) => subscription.Parts.Returning.ConfirmAsync(delivery.Token, toMark, acksOnReceive);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool TryGrant(long number) =>
        subscription.TryGrant(port, number, context.Clock.NowFor(port.Leases.Duration), processing: 0, lost: null);

    /// <summary>Leases a message, then reads its body: a serializer that hangs holds this caller only, and the lease ends by itself.</summary>
    /// <param name="lease">The message.</param>
    /// <param name="delivery">The delivery.</param>
    /// <param name="isGivenUp">Whether the body could not be read, so that the message was dead-lettered.</param>
    /// <returns>Whether the caller has the message.</returns>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private bool TryTakeUnread(in Lease lease, out Delivery<T> delivery, out bool isGivenUp)
    {
        isGivenUp = false;
        delivery = default;
        long number = lease.Number;
        try
        {
            UnreadMessage message = BodyReader.Open(context, lease);
            if (!TryGrant(number))
            {
                return false;
            }

            delivery = BodyReader.Read<T>(message, context.Options.Serializer, _settling, out BodyFormatException? failure);
            if (failure is null)
            {
                return true;
            }

            context.Observer?.OnDelivered(subscription.Name, delivery);
            _settling.Reject(delivery.Token, DeadLetterReason.Unreadable, SafeText.Of(failure));
            isGivenUp = true;
            return false;
        }
        catch
        {
            // The caller does not get the message, so others must.
            subscription.Parts.Returning.PutOff(number);
            throw;
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void NoteDelivered(DeliveryObserver observer, long number, in Delivery<T> delivery)
    {
        try
        {
            observer.OnDelivered(subscription.Name, delivery);
        }
        catch
        {
            subscription.Parts.Returning.PutOff(number);
            throw;
        }
    }
}
