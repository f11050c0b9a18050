using Messaging.Testing.Histories;

namespace Messaging.Testing.Checkers;

/// <summary>I3, an ack is final: after a confirmed ack, no delivery of that message to that subscription begins, across restarts too.</summary>
/// <remarks>
/// <para>It needs acks with their outcomes, and deliveries; with epochs and tokens it knows their order even where a consumer tells of a
/// delivery late. Without tokens the order of the events counts.</para>
/// <para>It cannot see what an ack of unknown outcome has done, and nothing of other settlements: see <see cref="CountsNeverFall"/>.</para>
/// </remarks>
public sealed class AckIsFinal : IChecker
{
    /// <inheritdoc/>
    public string Id => "I3";

    /// <inheritdoc/>
    public IEnumerable<Violation> Check(History history)
    {
        ArgumentNullException.ThrowIfNull(history);
        var acked = new Dictionary<(string Subscription, string Message), HistoryEvent>();
        foreach (HistoryEvent happened in history.Events)
        {
            (string, string) key = (happened.Subscription, happened.Message);
            if (happened is { Operation: HistoryOperation.Ack, Outcome: HistoryOutcome.Ok })
            {
                acked.TryAdd(key, happened);
            }
            else if (happened.Operation is HistoryOperation.Deliver or HistoryOperation.Found
                && acked.TryGetValue(key, out HistoryEvent? ack) && BeganAfter(happened, ack))
            {
                yield return new Violation(Id, happened.Message, $"it is there for '{happened.Subscription}' after its ack was confirmed", ack, happened);
            }
        }
    }

    // A consumer may tell of its delivery after another one has told of the ack of a later one: tokens know the order.
    private static bool BeganAfter(HistoryEvent delivery, HistoryEvent ack) =>
        delivery.Token == 0 || ack.Token == 0 || (delivery.Epoch, delivery.Token).CompareTo((ack.Epoch, ack.Token)) > 0;
}
