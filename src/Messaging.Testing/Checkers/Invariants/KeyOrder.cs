using Messaging.Testing.Histories;

namespace Messaging.Testing.Checkers;

/// <summary>I5, key order: of a key, first deliveries are in the order of sending, and none begins before all earlier ones are settled.</summary>
/// <remarks>
/// <para>It needs deliveries, acks and dead letters with key and sequence number. Events without a key are left alone.</para>
/// <para>It cannot see an earlier message that was never delivered; that one is missed by <see cref="NoAcknowledgedLoss"/>.</para>
/// </remarks>
public sealed class KeyOrder : IChecker
{
    /// <inheritdoc/>
    public string Id => "I5";

    /// <inheritdoc/>
    public IEnumerable<Violation> Check(History history)
    {
        ArgumentNullException.ThrowIfNull(history);
        var keys = new Dictionary<(string Subscription, string Key), (long Newest, SortedDictionary<long, HistoryEvent> Open)>();
        foreach (HistoryEvent happened in history.Events.Where(happened => happened is { Key.Length: > 0, Sequence: > 0 }))
        {
            (string, string) name = (happened.Subscription, happened.Key);
            (long newest, SortedDictionary<long, HistoryEvent> open) = keys.GetValueOrDefault(name, (0, []));
            if (happened.Operation == HistoryOperation.Deliver)
            {
                if (open.Count > 0 && open.First() is var first && first.Key < happened.Sequence)
                {
                    yield return new Violation(Id, happened.Message, "it was delivered before an earlier one of its key was settled", first.Value, happened);
                }

                if (!open.ContainsKey(happened.Sequence) && happened.Sequence < newest)
                {
                    yield return new Violation(Id, happened.Message, "it was delivered first after a later one of its key", happened);
                }

                newest = Math.Max(newest, happened.Sequence);
                open[happened.Sequence] = happened;
            }
            else if (happened.Operation is HistoryOperation.Ack or HistoryOperation.DeadLetter && happened.Outcome != HistoryOutcome.Failed)
            {
                open.Remove(happened.Sequence);
            }

            keys[name] = (newest, open);
        }
    }
}
