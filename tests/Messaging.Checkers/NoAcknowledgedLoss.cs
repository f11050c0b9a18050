namespace Messaging.Checkers;

/// <summary>I1: a confirmed send is, for each subscription that was there, settled or still held at the end.</summary>
/// <remarks>The history must end with the draining of each subscription, or with what was found in it.</remarks>
public sealed class NoAcknowledgedLoss : IChecker
{
    /// <inheritdoc/>
    public string Id => "I1";

    /// <inheritdoc/>
    public IEnumerable<Violation> Check(History history)
    {
        ArgumentNullException.ThrowIfNull(history);
        HashSet<(string Subscription, string Message)> kept = [.. history.Events
            .Where(IsFate)
            .Select(happened => (happened.Subscription, happened.Message))];
        var readers = new Readership(history);
        foreach ((string message, SendStory story) in SendStory.Of(history))
        {
            if (story.Ok is not { } ok || story.MayBeCancelled)
            {
                continue;
            }

            foreach (string subscription in readers.Of(ok.Destination, story.FirstAt))
            {
                if (!kept.Contains((subscription, message)))
                {
                    yield return new Violation(Id, message, $"it was confirmed, and '{subscription}' neither settled it nor holds it", ok);
                }
            }
        }
    }

    private static bool IsFate(HistoryEvent happened) => happened.Operation switch
    {
        HistoryOperation.Ack or HistoryOperation.DeadLetter or HistoryOperation.Purge => happened.Outcome != HistoryOutcome.Failed,
        HistoryOperation.Drop or HistoryOperation.Found => true,
        _ => false,
    };
}
