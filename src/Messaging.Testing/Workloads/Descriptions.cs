using Messaging.Testing.Histories;

namespace Messaging.Testing.Workloads;

/// <summary>What a history tells of a delivery or of a dead letter.</summary>
internal static class Descriptions
{
    public static HistoryEvent Of(
        in Delivery<string> delivery, string subscription, int client, HistoryOperation operation, HistoryOutcome outcome, long due) => new()
        {
            Client = client,
            Operation = operation,
            Outcome = outcome,
            Subscription = subscription,
            Message = MessageText.NameIn(delivery.Body),
            Epoch = (uint)delivery.Token.Epoch,
            Token = delivery.Token.Number,
            Sequence = delivery.Sequence,
            Attempt = delivery.Attempt,
            Failures = delivery.Failures,
            Due = due,
        };

    public static HistoryEvent Of(
        DeadLetter letter, string subscription, int client, HistoryOperation operation, HistoryOutcome outcome, int maxFailures) => new()
        {
            Client = client,
            Operation = operation,
            Outcome = outcome,
            Subscription = subscription,
            Message = MessageText.NameIn(letter.ReadBody<string>()),
            Attempt = letter.Attempts,
            Failures = letter.Failures,
            Note = letter.Reason == DeadLetterReason.RetriesExhausted ? $"limit={maxFailures}" : "",
        };
}
