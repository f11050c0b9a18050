using Messaging.Testing.Histories;

namespace Messaging.Testing.Checkers;

/// <summary>I6, lease exclusivity: of a message, one delivery at a time can be settled: only the newest token is accepted, and only once.</summary>
/// <remarks>
/// <para>It needs deliveries and settlements with epochs and tokens, and settlements told of before they are made. Events without a token are
/// left alone.</para>
/// <para>It cannot see a late settlement that was accepted in the moment between a newer delivery and its consumer's telling of it.</para>
/// </remarks>
public sealed class LeaseExclusivity : IChecker
{
    /// <inheritdoc/>
    public string Id => "I6";

    /// <inheritdoc/>
    public IEnumerable<Violation> Check(History history)
    {
        ArgumentNullException.ThrowIfNull(history);
        var newest = new Dictionary<(string Subscription, string Message), HistoryEvent>();
        var invoked = new Dictionary<(string Subscription, uint Epoch, long Token), HistoryEvent?>();
        var settled = new Dictionary<(string Subscription, uint Epoch, long Token), HistoryEvent>();
        foreach (HistoryEvent happened in history.Events.Where(
            happened => happened.Token > 0 || happened is { Operation: HistoryOperation.Unsubscribe, Outcome: HistoryOutcome.Ok }))
        {
            if (happened.Operation == HistoryOperation.Unsubscribe)
            {
                // Another subscription of that name has tokens of its own.
                Forget(newest, key => key.Subscription, happened);
                Forget(invoked, key => key.Subscription, happened);
                Forget(settled, key => key.Subscription, happened);
                continue;
            }

            (string, string) message = (happened.Subscription, happened.Message);
            (string, uint, long) token = (happened.Subscription, happened.Epoch, happened.Token);
            if (happened.Operation == HistoryOperation.Deliver)
            {
                if (!newest.TryGetValue(message, out HistoryEvent? before) || IsNewer(happened, before))
                {
                    newest[message] = happened;
                }
            }
            else if (happened.Operation is HistoryOperation.Ack or HistoryOperation.Nack or HistoryOperation.DeadLetter)
            {
                if (happened.Outcome == HistoryOutcome.Invoked)
                {
                    invoked.TryAdd(token, newest.GetValueOrDefault(message));
                    continue;
                }

                if (happened.Outcome != HistoryOutcome.Ok)
                {
                    continue;
                }

                HistoryEvent? then = invoked.TryGetValue(token, out HistoryEvent? known) ? known : newest.GetValueOrDefault(message);
                if (then is not null && IsNewer(then, happened))
                {
                    yield return new Violation(Id, happened.Message, "a settlement was accepted after a newer delivery had begun", then, happened);
                }

                if (!settled.TryAdd(token, happened))
                {
                    yield return new Violation(Id, happened.Message, "a delivery was settled twice", settled[token], happened);
                }
            }
        }
    }

    private static void Forget<TKey, TValue>(Dictionary<TKey, TValue> known, Func<TKey, string> subscriptionOf, HistoryEvent deletion)
        where TKey : notnull
    {
        foreach (TKey key in known.Keys.Where(key => subscriptionOf(key) == deletion.Subscription))
        {
            known.Remove(key);
        }
    }

    private static bool IsNewer(HistoryEvent one, HistoryEvent other) => (one.Epoch, one.Token).CompareTo((other.Epoch, other.Token)) > 0;
}
