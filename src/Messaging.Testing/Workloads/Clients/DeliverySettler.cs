using Messaging.Diagnostics;
using Messaging.Testing.Histories;

namespace Messaging.Testing.Workloads.Clients;

/// <summary>Settles deliveries of one subscription for one client, and tells of each settlement before and after.</summary>
internal sealed class DeliverySettler(Life life, string subscription, int client)
{
    /// <summary>Tells that a message was handed over.</summary>
    /// <param name="delivery">The delivery.</param>
    /// <param name="asked">When it was asked for: the lease cannot begin before.</param>
    public void TellDelivery(in Delivery<string> delivery, long asked) =>
        Tell(delivery, HistoryOperation.Deliver, HistoryOutcome.Ok, asked + life.Options.Lease.Ticks);

    public Task AckAsync(Delivery<string> delivery) =>
        CallAsync(delivery, HistoryOperation.Ack, static (delivery, _, end) => delivery.AckAsync(end), Settlement.Acked);

    public Task DeadLetterAsync(Delivery<string> delivery) =>
        CallAsync(delivery, HistoryOperation.DeadLetter, static (delivery, _, end) => delivery.DeadLetterAsync("The workload wants it.", end), Settlement.DeadLettered);

    /// <summary>Reports a failure.</summary>
    /// <param name="delivery">The delivery.</param>
    /// <param name="delay">The delay; <see langword="null"/> for the policy's.</param>
    public Task NackAsync(Delivery<string> delivery, TimeSpan? delay) => CallAsync(
        delivery,
        HistoryOperation.Nack,
        static (delivery, delay, end) => delivery.NackAsync(delay, cancellationToken: end),
        Settlement.Nacked,
        delay);

    /// <summary>Extends a lease, and tells of it.</summary>
    /// <returns>Whether the lease was still held.</returns>
    public bool Extend(in Delivery<string> delivery, TimeSpan duration)
    {
        try
        {
            bool extended = delivery.Extend(duration) == Settlement.Extended;
            Tell(delivery, HistoryOperation.Extend, extended ? HistoryOutcome.Ok : HistoryOutcome.Failed, 0);
            return extended;
        }
        catch (Exception exception) when (life.Explains(exception))
        {
            return false;
        }
    }

    private async Task CallAsync(
        Delivery<string> delivery,
        HistoryOperation operation,
        Func<Delivery<string>, TimeSpan?, CancellationToken, ValueTask<Settlement>> call,
        Settlement wanted,
        TimeSpan? delay = null)
    {
        long due = life.Workload.DueAfter(delay ?? TimeSpan.Zero);
        Tell(delivery, operation, HistoryOutcome.Invoked, due);
        try
        {
            Settlement settlement = await call(delivery, delay, life.End).ConfigureAwait(WorkContext.IsCurrent);
            if (settlement == Settlement.DeadLettered && wanted != settlement)
            {
                // It was its last allowed failure.
                Tell(delivery, HistoryOperation.DeadLetter, HistoryOutcome.Ok, 0);
                return;
            }

            Tell(delivery, operation, settlement == wanted ? HistoryOutcome.Ok : HistoryOutcome.Failed, due);
        }
        catch (Exception exception) when (life.Explains(exception))
        {
            // Refused, it stands in memory all the same, and may be stored with a later commit.
            Tell(delivery, operation, HistoryOutcome.Unknown, due);
        }
    }

    private void Tell(in Delivery<string> delivery, HistoryOperation operation, HistoryOutcome outcome, long due) =>
        life.Tell(Descriptions.Of(delivery, subscription, client, operation, outcome, due));
}
