using Messaging.Testing.Histories;

namespace Messaging.Testing.Checkers;

/// <summary>I9, time: a scheduled message, and one that waits for its retry, is never delivered before its time.</summary>
/// <remarks>
/// <para>It needs events with times, and sends and nacks with their <see cref="HistoryEvent.Due"/> on the same clock. Where that is
/// the system's, a due time is best told a little early, by as much as two clocks may differ. Where the clock is set back between two
/// openings, what was due before stays due.</para>
/// <para>It cannot see lateness, which is no violation: <see cref="Lateness"/> measures it.</para>
/// </remarks>
public sealed class NeverEarly : IChecker
{
    /// <inheritdoc/>
    public string Id => "I9";

    /// <inheritdoc/>
    public IEnumerable<Violation> Check(History history)
    {
        ArgumentNullException.ThrowIfNull(history);
        var sent = new Dictionary<string, (int At, HistoryEvent Send)>();
        var nacked = new Dictionary<(string Subscription, string Message), (int At, HistoryEvent Nack)>();
        var setBack = new List<(int At, long From)>();
        for (int at = 0; at < history.Events.Count; at++)
        {
            HistoryEvent happened = history.Events[at];
            (string, string) key = (happened.Subscription, happened.Message);
            if (at > 0 && history.Events[at - 1].Time is var before && before > happened.Time)
            {
                setBack.Add((at, before));
            }

            switch (happened.Operation)
            {
                case HistoryOperation.Send when happened.Due > 0:
                    // The first invocation has the earliest time; a repetition must not move it.
                    sent.TryAdd(happened.Message, (at, happened));
                    break;
                case HistoryOperation.Nack when happened is { Due: > 0, Outcome: HistoryOutcome.Ok }:
                    nacked[key] = (at, happened);
                    break;
                case HistoryOperation.Deliver:
                    if (sent.TryGetValue(happened.Message, out (int At, HistoryEvent Send) send) && !HasCome(send.Send.Due, send.At, happened, setBack))
                    {
                        yield return new Violation(Id, happened.Message, $"it was delivered {send.Send.Due - happened.Time} ticks before its time", send.Send, happened);
                    }

                    if (nacked.Remove(key, out (int At, HistoryEvent Nack) nack) && !HasCome(nack.Nack.Due, nack.At, happened, setBack))
                    {
                        yield return new Violation(Id, happened.Message, $"it was delivered again {nack.Nack.Due - happened.Time} ticks before its time", nack.Nack, happened);
                    }

                    break;
            }
        }
    }

    /// <summary>Tells whether a time had come at a delivery: it had also if the clock was past it once, and was set back since.</summary>
    private static bool HasCome(long due, int since, HistoryEvent delivery, List<(int At, long From)> setBack) =>
        delivery.Time >= due || setBack.Exists(moment => moment.At > since && moment.From >= due);

    /// <summary>Gets how late the first deliveries of scheduled messages were, in ticks of 100 ns, ascending.</summary>
    /// <param name="history">The history.</param>
    public static IReadOnlyList<long> Lateness(History history)
    {
        ArgumentNullException.ThrowIfNull(history);
        var due = new Dictionary<string, long>();
        var late = new List<long>();
        foreach (HistoryEvent happened in history.Of(HistoryOperation.Send, HistoryOperation.Deliver))
        {
            if (happened is { Operation: HistoryOperation.Send, Due: > 0 })
            {
                due.TryAdd(happened.Message, happened.Due);
            }
            else if (happened is { Operation: HistoryOperation.Deliver, Attempt: 1 } && due.TryGetValue(happened.Message, out long time))
            {
                late.Add(happened.Time - time);
            }
        }

        late.Sort();
        return late;
    }
}
