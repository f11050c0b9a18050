using Messaging.Testing.Histories;

namespace Messaging.Testing.Checkers;

/// <summary>I9, time: a scheduled message, and one that waits for its retry, is never delivered before its time.</summary>
/// <remarks>
/// <para>It needs events with times on a clock that is never set, and sends and nacks with their <see cref="HistoryEvent.Due"/> on the same one.
/// Where that is the system's, a due time is best told a little early, by as much as two clocks may differ.</para>
/// <para>The wall clock may be set, as <see cref="HistoryOperation.SetClock"/> tells. While a broker runs that changes nothing, nor at a later
/// opening if a message is stored that was sent after it. A step that no store can have noted looks like time that has passed: what waits at the
/// next opening may come earlier by as much as the clock was set forward.</para>
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
        var sent = new Dictionary<string, (long Passed, HistoryEvent Send)>();
        var nacked = new Dictionary<(string Subscription, string Message), (long Passed, HistoryEvent Nack)>();
        var steps = new ClockSteps();
        foreach (HistoryEvent happened in history.Events)
        {
            steps.Add(happened);
            (string, string) key = (happened.Subscription, happened.Message);
            switch (happened.Operation)
            {
                case HistoryOperation.Send when happened.Due > 0:
                    // The first invocation has the earliest time; a repetition must not move it.
                    sent.TryAdd(happened.Message, (steps.Forward, happened));
                    break;
                case HistoryOperation.Nack when happened is { Due: > 0, Outcome: HistoryOutcome.Ok }:
                    nacked[key] = (steps.Forward, happened);
                    break;
                case HistoryOperation.Redrive:
                    // It was given up while it waited, and comes as a new one.
                    nacked.Remove(key);
                    break;
                case HistoryOperation.Deliver:
                    if (sent.TryGetValue(happened.Message, out (long Passed, HistoryEvent Send) send) && happened.Time < send.Send.Due - (steps.Forward - send.Passed))
                    {
                        yield return new Violation(Id, happened.Message, $"it was delivered {send.Send.Due - happened.Time} ticks before its time", send.Send, happened);
                    }

                    if (!nacked.TryGetValue(key, out (long Passed, HistoryEvent Nack) nack) || happened.BeganBefore(nack.Nack))
                    {
                        // Or its consumer told of it late, when its lease had ended and another one's delivery had failed.
                        break;
                    }

                    nacked.Remove(key);
                    if (happened.Time < nack.Nack.Due - (steps.Forward - nack.Passed))
                    {
                        yield return new Violation(Id, happened.Message, $"it was delivered again {nack.Nack.Due - happened.Time} ticks before its time", nack.Nack, happened);
                    }

                    break;
            }
        }
    }

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
