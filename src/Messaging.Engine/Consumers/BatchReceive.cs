using Messaging.Context;
using Messaging.Cursors;
using Messaging.Diagnostics;
using Messaging.Scheduling;
using Messaging.Subscriptions;

namespace Messaging.Consumers;

/// <summary>The receipt of several messages at once: what is there, or the first ones that come.</summary>
internal readonly struct BatchReceive<T>(BrokerContext context, Subscription subscription, Consumer<T> consumer)
{
    public async ValueTask<IReadOnlyList<Delivery<T>>> ReceiveAsync(
        int maxMessages, TimeSpan maxWait, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(maxMessages, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(maxMessages, 65_536);
        if (maxWait != Timeout.InfiniteTimeSpan && (maxWait < TimeSpan.Zero || maxWait > TimeSpan.FromDays(3_650)))
        {
            throw new ArgumentOutOfRangeException(nameof(maxWait), maxWait, "maxWait must be between zero and 3,650 days, or Timeout.InfiniteTimeSpan.");
        }

        cancellationToken.ThrowIfCancellationRequested();
        var batch = new List<Delivery<T>>();
        await TakeReadyAsync(batch, maxMessages, readsFirst: maxWait == TimeSpan.Zero, cancellationToken).ConfigureAwait(WorkContext.IsCurrent);
        if (batch.Count == 0 && maxWait != TimeSpan.Zero
            && await WaitForFirstAsync(batch, maxWait, cancellationToken).ConfigureAwait(WorkContext.IsCurrent))
        {
            await TakeReadyAsync(batch, maxMessages, readsFirst: true, cancellationToken).ConfigureAwait(WorkContext.IsCurrent);
        }

        return batch;
    }

    /// <summary>Takes what is there, and waits for no more than the store.</summary>
    /// <param name="batch">Receives it.</param>
    /// <param name="maxMessages">How much at most.</param>
    /// <param name="readsFirst">Whether to wait for the first message too, if it is in the store only.</param>
    /// <param name="cancellationToken">Ends the wait; what was taken stays.</param>
    private async ValueTask TakeReadyAsync(
        List<Delivery<T>> batch, int maxMessages, bool readsFirst, CancellationToken cancellationToken)
    {
        consumer.ThrowIfClosed();
        (long ended, long failed) = subscription.Parts.StoredBacklog.Reads;
        while (batch.Count < maxMessages)
        {
            if (consumer.Taker.TryTake(out Delivery<T> delivery, out bool mustConfirm, out LogCursor? toMark))
            {
                try
                {
                    if (!mustConfirm || await consumer.Taker.ConfirmAsync(delivery, toMark).ConfigureAwait(WorkContext.IsCurrent))
                    {
                        batch.Add(delivery);
                    }
                }
                catch (StoreException) when (batch.Count > 0)
                {
                    // The caller gets what it has already, which may be acknowledged. If the store has failed for good, the next call tells.
                    return;
                }

                continue;
            }

            bool isWanted = batch.Count > 0 || readsFirst;
            if (!isWanted || !await WaitForReadAsync(ended, failed, batch.Count > 0, cancellationToken).ConfigureAwait(WorkContext.IsCurrent))
            {
                return;
            }

            (ended, _) = subscription.Parts.StoredBacklog.Reads;
        }
    }

    /// <summary>Waits until a read from the store has ended, if one is under way.</summary>
    /// <returns>Whether it is worth looking again.</returns>
    private async ValueTask<bool> WaitForReadAsync(long ended, long failed, bool hasSome, CancellationToken cancellationToken)
    {
        CancellationTokenSource? linked = consumer.Link(cancellationToken);
        try
        {
            return await subscription.Parts.StoredBacklog.WaitForReadAsync(ended, failed, linked?.Token ?? consumer.Closing).ConfigureAwait(WorkContext.IsCurrent);
        }
        catch (OperationCanceledException)
        {
            if (hasSome)
            {
                // The caller gets what it has taken already.
                return false;
            }

            cancellationToken.ThrowIfCancellationRequested();
            consumer.ThrowIfClosed();
            throw;
        }
        finally
        {
            linked?.Dispose();
        }
    }

    private async ValueTask<bool> WaitForFirstAsync(List<Delivery<T>> batch, TimeSpan maxWait, CancellationToken cancellationToken)
    {
        // Not disposed by hand: the alarm may be ringing at this moment, and cancelling a disposed source throws on the timer's thread.
        var timeUp = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Alarm? alarm = null;
        if (maxWait != Timeout.InfiniteTimeSpan)
        {
            alarm = context.Scheduler.CreateAlarm(_ => WorkContext.CancelAsync(timeUp), subscription.Name);
            alarm.SetNoLaterThan(DueTime.After(context.Clock.Now, maxWait.Ticks));
        }

        try
        {
            batch.Add(await consumer.ReceiveAsync(timeUp.Token).ConfigureAwait(WorkContext.IsCurrent));
            return true;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested && timeUp.IsCancellationRequested)
        {
            return false;
        }
        finally
        {
            alarm?.Clear();
        }
    }
}
