using Messaging.Testing.Histories;

namespace Messaging.Testing.Checkers;

/// <summary>I4, explained duplicates: a further delivery has a cause since the one before: a nack, the end of the lease or of the
/// consumer, a redrive, or a restart.</summary>
/// <remarks>
/// <para>It needs deliveries with the end of their lease as <see cref="HistoryEvent.Due"/>, and all the causes; with epochs and tokens it
/// knows the order of deliveries that are told of late.</para>
/// <para>It cannot see a second delivery that a cause explains by chance, as any crash does for all messages before it. Extensions
/// do not count: the end of the lease is the one that the delivery named. A delivery that names none needs another cause.</para>
/// </remarks>
public sealed class ExplainedDuplicates : IChecker
{
    /// <inheritdoc/>
    public string Id => "I4";

    /// <inheritdoc/>
    public IEnumerable<Violation> Check(History history)
    {
        ArgumentNullException.ThrowIfNull(history);
        var delivered = new Dictionary<(string Subscription, string Message), (int At, HistoryEvent Delivery)>();
        var consumersClosed = new Dictionary<string, int>();
        int restarted = -1;
        for (int at = 0; at < history.Events.Count; at++)
        {
            HistoryEvent happened = history.Events[at];
            (string, string) key = (happened.Subscription, happened.Message);
            switch (happened.Operation)
            {
                case HistoryOperation.Open or HistoryOperation.Close or HistoryOperation.Crash:
                    restarted = at;
                    break;
                case HistoryOperation.CloseConsumer:
                    consumersClosed[happened.Subscription] = at;
                    break;
                case HistoryOperation.Nack or HistoryOperation.LeaseEnd or HistoryOperation.Redrive when happened.Outcome != HistoryOutcome.Failed:
                    delivered.Remove(key);
                    break;
                case HistoryOperation.Deliver when delivered.TryGetValue(key, out (int At, HistoryEvent Delivery) newer) && happened.BeganBefore(newer.Delivery):
                    // Its consumer told of it late, when it had been delivered again already.
                    break;
                case HistoryOperation.Deliver:
                    if (delivered.TryGetValue(key, out (int At, HistoryEvent Delivery) before)
                        && restarted < before.At
                        && consumersClosed.GetValueOrDefault(happened.Subscription, -1) < before.At
                        && !(before.Delivery.Due > 0 && happened.Time >= before.Delivery.Due))
                    {
                        yield return new Violation(Id, happened.Message, "it was delivered again without a cause", before.Delivery, happened);
                    }

                    delivered[key] = (at, happened);
                    break;
            }
        }
    }
}
