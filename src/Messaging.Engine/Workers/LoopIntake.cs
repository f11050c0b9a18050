using System.Runtime.CompilerServices;
using Messaging.Consumers;
using Messaging.Context;
using Messaging.Cursors;
using Messaging.Diagnostics;
using Messaging.Leases;
using Messaging.Subscriptions;

namespace Messaging.Workers;

/// <summary>The messages that the loops of a worker take: each is leased, read, and given to the handler.</summary>
internal sealed class LoopIntake<T>(
    BrokerContext context,
    Subscription subscription,
    ConsumerPort port,
    HandlerOptions options,
    WorkerLoops loops,
    HandlerCalls<T> calls,
    HandlerContext ambient,
    CancellationTokenSource stopping)
{
    private readonly Settling _settling = subscription.Parts.Settling;

    /// <summary>Handles messages for as long as handlers return at once, without a state machine.</summary>
    /// <param name="loop">The loop.</param>
    /// <param name="calling">The handling that is still going on. It gives whether the lease is settled.</param>
    /// <returns>Whether there is one. Otherwise there is no message, or the worker stops.</returns>
    public bool TryBegin(WorkerLoop loop, out ValueTask<bool> calling)
    {
        while (!stopping.IsCancellationRequested && subscription.TryReserve(port, out loop.Number))
        {
            ref readonly Lease lease = ref subscription.Show(loop.Number);
            LogCursor? toMark = lease.Item.ToMark;
            Delivery<T> delivery = BodyReader.ToDelivery<T>(context, lease, _settling, out bool isUnread);
            bool mayCall = isUnread
                ? TryGrantAndRead(loop, lease, out delivery)
                : TryGrant(loop, delivery.MessageId, delivery.Sequence, delivery.Destination);
            if (!mayCall)
            {
                continue;
            }

            context.Observer?.OnDelivered(subscription.Name, delivery);
            CancellationTokenSource call = loop.Call!;
            if (options.AckMode != AckMode.OnReturn || toMark is not null)
            {
                calling = calls.PrepareAndCallAsync(delivery, toMark, call);
                return true;
            }

            if (calls.Invoke(delivery, call.Token) is { } handling)
            {
                calling = calls.FinishAsync(handling, delivery, call);
                return true;
            }

            loop.End(_settling.Ack(delivery.Token));
        }

        ambient.Restore();
        calling = default;
        return false;
    }

    /// <summary>Leases the message in hand, which counts as being handled from here on.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool TryGrant(WorkerLoop loop, MessageId id, long sequence, string destination)
    {
        long now = context.Clock.NowFor(port.Leases.Duration);
        long processing = options.MaxProcessingTime.Ticks;
        // Both are days at the most, so the sum stays far from the last time there is.
        long until = now + processing;
        loop.Begin(until, id, sequence, destination);
        if (!subscription.TryGrant(port, loop.Number, now, processing, loop.Source()))
        {
            loop.End(isSettled: false);
            return false;
        }

        loops.Watch(until);
        return true;
    }

    /// <summary>Leases the message in hand, and reads its body under the lease: so a serializer that hangs is a call that is over its time.</summary>
    /// <returns>Whether it is to be handled. A body that cannot be read is dead-lettered, and one whose lease is lost by now is somebody else's.</returns>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private bool TryGrantAndRead(WorkerLoop loop, in Lease lease, out Delivery<T> delivery)
    {
        UnreadMessage message = BodyReader.Open(context, lease);
        DeliveryInfo info = message.Info;
        if (!TryGrant(loop, info.MessageId, info.Sequence, info.Destination))
        {
            delivery = default;
            return false;
        }

        delivery = BodyReader.Read<T>(message, context.Options.Serializer, _settling, out BodyFormatException? failure);
        if (failure is not null)
        {
            context.Observer?.OnDelivered(subscription.Name, delivery);
            _settling.Reject(delivery.Token, DeadLetterReason.Unreadable, SafeText.Of(failure));
        }
        else if (!loop.Call!.IsCancellationRequested)
        {
            return true;
        }

        loop.End(isSettled: false);
        return false;
    }
}
