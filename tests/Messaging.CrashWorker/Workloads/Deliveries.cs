using Messaging.Testing.Histories;

namespace Messaging.CrashWorker.Workloads;

/// <summary>What a history tells of a delivery or of a dead letter.</summary>
internal static class Deliveries
{
    /// <summary>The failures that a message may have in a workload.</summary>
    public const int MaxFailures = 5;

    public static HistoryEvent Describe(
        in Delivery<string> delivery, string subscription, int client, HistoryOperation operation, HistoryOutcome outcome, long due) => new()
        {
            Client = client,
            Operation = operation,
            Outcome = outcome,
            Subscription = subscription,
            Message = Text.NameIn(delivery.Body),
            Epoch = (uint)delivery.Token.Epoch,
            Token = delivery.Token.Number,
            Sequence = delivery.Sequence,
            Attempt = delivery.Attempt,
            Failures = delivery.Failures,
            Due = due,
        };

    public static HistoryEvent Describe(DeadLetter letter, string subscription, HistoryOperation operation, HistoryOutcome outcome) => new()
    {
        Operation = operation,
        Outcome = outcome,
        Subscription = subscription,
        Message = Text.NameIn(letter.ReadBody<string>()),
        Attempt = letter.Attempts,
        Failures = letter.Failures,
        Note = letter.Reason == DeadLetterReason.RetriesExhausted ? $"limit={MaxFailures}" : "",
    };

    /// <summary>Tells of all dead letters of a subscription.</summary>
    /// <returns>How many there are.</returns>
    public static async Task<long> TellDeadAsync(ISubscription subscription)
    {
        long count = 0;
        try
        {
            await foreach (DeadLetter letter in subscription.DeadLetters.PeekAsync())
            {
                Narrator.Tell(Describe(letter, subscription.Name, HistoryOperation.DeadLetter, HistoryOutcome.Ok));
                count++;
            }
        }
        catch (StoreException exception)
        {
            // What cannot be looked at is not told of, and so is missing in the history.
            Console.Error.WriteLine(exception.Message);
        }

        return count;
    }
}
