using Messaging.Testing.Histories;

namespace Messaging.CrashWorker.Workloads;

/// <summary>Settles deliveries of one subscription for one client, and tells of each settlement before and after.</summary>
internal sealed class Settler(ISubscription subscription, int client)
{
    /// <summary>Tells that a message was handed over.</summary>
    /// <param name="delivery">The delivery.</param>
    /// <param name="leaseEnds">When its lease ends at the earliest; 0 for never.</param>
    public void TellDelivery(in Delivery<string> delivery, long leaseEnds) =>
        Tell(delivery, HistoryOperation.Deliver, HistoryOutcome.Ok, leaseEnds);

    public Task AckAsync(Delivery<string> delivery) =>
        CallAsync(delivery, HistoryOperation.Ack, () => delivery.AckAsync(), Settlement.Acked);

    public Task DeadLetterAsync(Delivery<string> delivery) =>
        CallAsync(delivery, HistoryOperation.DeadLetter, () => delivery.DeadLetterAsync("The workload wants it."), Settlement.DeadLettered);

    public Task NackAsync(Delivery<string> delivery, TimeSpan delay)
    {
        long due = delay > Outcome.ClockSlack ? Narrator.Now + (delay - Outcome.ClockSlack).Ticks : 0;
        return CallAsync(delivery, HistoryOperation.Nack, () => delivery.NackAsync(delay), Settlement.Nacked, due);
    }

    private async Task CallAsync(
        Delivery<string> delivery, HistoryOperation operation, Func<ValueTask<Settlement>> call, Settlement wanted, long due = 0)
    {
        Tell(delivery, operation, HistoryOutcome.Invoked, due);
        try
        {
            Settlement settlement = await call();
            if (settlement == Settlement.DeadLettered && wanted != settlement)
            {
                // It was its last allowed failure.
                Tell(delivery, HistoryOperation.DeadLetter, HistoryOutcome.Ok, 0);
                return;
            }

            Tell(delivery, operation, settlement == wanted ? HistoryOutcome.Ok : HistoryOutcome.Failed, due);
        }
        catch (Exception exception) when (Outcome.Of(exception) is not null)
        {
            // Refused, it stands in memory all the same, and may be stored with a later commit.
            Tell(delivery, operation, HistoryOutcome.Unknown, due);
        }
    }

    private void Tell(in Delivery<string> delivery, HistoryOperation operation, HistoryOutcome outcome, long due) =>
        Narrator.Tell(Deliveries.Describe(delivery, subscription.Name, client, operation, outcome, due));
}
