using Messaging.Testing.Histories;

namespace Messaging.Testing.Checkers;

/// <summary>I10, counts: deliveries and failures are counted without forgetting; a message is dead-lettered at its limit, and then not delivered.</summary>
/// <remarks>
/// <para>It needs deliveries, nacks and dead letters with attempt and failures; a dead letter whose note says <c>limit=5</c> must have
/// failed as often. With epochs and tokens it knows the order of events that are told of late.</para>
/// <para>It cannot see the count of a delivery that was under way when its process died: it may be lost with it. What was confirmed is not.</para>
/// </remarks>
public sealed class CountsNeverFall : IChecker
{
    /// <inheritdoc/>
    public string Id => "I10";

    /// <inheritdoc/>
    public IEnumerable<Violation> Check(History history)
    {
        ArgumentNullException.ThrowIfNull(history);
        var last = new Dictionary<(string Subscription, string Message), HistoryEvent>();
        var confirmed = new Dictionary<(string Subscription, string Message), HistoryEvent>();
        var dead = new Dictionary<(string Subscription, string Message), HistoryEvent>();
        var redriven = new Dictionary<(string Subscription, string Message), HistoryEvent>();
        foreach (HistoryEvent happened in history.Events)
        {
            (string, string) key = (happened.Subscription, happened.Message);
            switch (happened.Operation)
            {
                case HistoryOperation.Redrive:
                    if (last.Remove(key, out HistoryEvent? before))
                    {
                        redriven[key] = before;
                    }

                    confirmed.Remove(key);
                    dead.Remove(key);
                    break;
                case HistoryOperation.Nack or HistoryOperation.DeadLetter
                    when happened.Token > 0 && redriven.TryGetValue(key, out HistoryEvent? earlier) && !earlier.BeganBefore(happened):
                    // It was given up and went back meanwhile: this is told of late.
                    break;
                case HistoryOperation.Nack when happened.Outcome == HistoryOutcome.Ok:
                    confirmed[key] = happened;
                    break;
                case HistoryOperation.DeadLetter when happened.Outcome == HistoryOutcome.Ok:
                    dead.TryAdd(key, happened);
                    if (NoteNumbers.Of(happened).TryGetValue("limit", out long limit) && happened.Failures != limit)
                    {
                        yield return new Violation(Id, happened.Message, $"it was dead-lettered after {happened.Failures} failures, the limit being {limit}", happened);
                    }

                    break;
                case HistoryOperation.Deliver when last.TryGetValue(key, out HistoryEvent? newer) && happened.BeganBefore(newer):
                    // Its consumer told of it late, when it had been delivered again already.
                    break;
                case HistoryOperation.Deliver:
                    if (Contradiction(happened, last.GetValueOrDefault(key), confirmed.GetValueOrDefault(key), dead.GetValueOrDefault(key)) is { } found)
                    {
                        yield return new Violation(Id, happened.Message, found.Why, found.Before, happened);
                    }

                    last[key] = happened;
                    break;
            }
        }
    }

    private static (string Why, HistoryEvent Before)? Contradiction(
        HistoryEvent delivery, HistoryEvent? last, HistoryEvent? confirmed, HistoryEvent? dead)
    {
        if (dead is not null)
        {
            return ("it was delivered after it had been dead-lettered", dead);
        }

        if (last is not null && last.Epoch == delivery.Epoch && delivery.Attempt <= last.Attempt)
        {
            return ($"attempt {delivery.Attempt} came after attempt {last.Attempt}", last);
        }

        if (last is not null && last.Epoch == delivery.Epoch && delivery.Failures < last.Failures)
        {
            return ($"{delivery.Failures} failures are counted after {last.Failures}", last);
        }

        return confirmed is not null && (delivery.Attempt <= confirmed.Attempt || delivery.Failures <= confirmed.Failures)
            ? ($"attempt {delivery.Attempt} with {delivery.Failures} failures came after a confirmed failure of attempt {confirmed.Attempt} with {confirmed.Failures} before it", confirmed)
            : null;
    }
}
