using Messaging.Testing.Histories;

namespace Messaging.Testing.Checkers;

/// <summary>I11, deduplication: however often a message is sent under its id, there is at most one record of it.</summary>
/// <remarks>
/// <para>It needs confirmed sends and deliveries with sequence numbers, and the same name for each repetition of a send.</para>
/// <para>It knows no window: a workload whose repetitions come later than that must give them names of their own. A redrive makes a
/// new record.</para>
/// </remarks>
public sealed class SentOnce : IChecker
{
    /// <inheritdoc/>
    public string Id => "I11";

    /// <inheritdoc/>
    public IEnumerable<Violation> Check(History history)
    {
        ArgumentNullException.ThrowIfNull(history);
        var places = new Dictionary<(string Where, string Message), HistoryEvent>();
        foreach (HistoryEvent happened in history.Events)
        {
            if (happened.Operation == HistoryOperation.Redrive)
            {
                // A message that goes back to its subscription does so as a new record.
                places.Remove((happened.Subscription, happened.Message));
            }

            bool isRecord = happened.Operation == HistoryOperation.Deliver
                || happened is { Operation: HistoryOperation.Send, Outcome: HistoryOutcome.Ok };
            if (!isRecord || happened.Sequence == 0)
            {
                continue;
            }

            string where = happened.Operation == HistoryOperation.Send ? $"sent to {happened.Destination}" : happened.Subscription;
            if (!places.TryAdd((where, happened.Message), happened) && places[(where, happened.Message)] is var first && first.Sequence != happened.Sequence)
            {
                yield return new Violation(Id, happened.Message, $"there are two records of it, {first.Sequence} and {happened.Sequence}", first, happened);
            }
        }
    }
}
