using Messaging.Testing.Histories;

namespace Messaging.Testing.Checkers;

/// <summary>I1, no acknowledged loss: a confirmed send is, for each subscription that was there, settled or still held at the end.</summary>
/// <remarks>
/// <para>It needs sends with their outcomes, settlements, and at the end either the draining of each subscription or a
/// <see cref="HistoryOperation.Found"/> for each message that is still held. A topic's subscriptions must be told of with
/// <see cref="HistoryOperation.Subscribe"/>; a destination that nobody is said to subscribe to is taken for a queue.</para>
/// <para>It cannot see the loss of what was never confirmed, nor of what may have been cancelled. Where an ack's outcome never came, it
/// takes the message for settled.</para>
/// </remarks>
public sealed class NoAcknowledgedLoss : IChecker
{
    /// <inheritdoc/>
    public string Id => "I1";

    /// <inheritdoc/>
    public IEnumerable<Violation> Check(History history)
    {
        ArgumentNullException.ThrowIfNull(history);
        HashSet<(string Subscription, string Message)> kept = Fates(history);
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

    /// <summary>Collects what was settled, may have been settled, or was found. A settlement that was refused settles nothing.</summary>
    private static HashSet<(string Subscription, string Message)> Fates(History history)
    {
        var kept = new HashSet<(string Subscription, string Message)>();
        var open = new HashSet<(HistoryOperation Operation, uint Epoch, long Token, string Subscription, string Message)>();
        foreach (HistoryEvent happened in history.Events)
        {
            bool settles = happened.Operation is HistoryOperation.Ack or HistoryOperation.DeadLetter or HistoryOperation.Purge;
            (HistoryOperation, uint, long, string, string) call = (happened.Operation, happened.Epoch, happened.Token, happened.Subscription, happened.Message);
            if (settles && happened.Outcome == HistoryOutcome.Invoked)
            {
                open.Add(call);
            }
            else if (settles && happened.Outcome == HistoryOutcome.Failed)
            {
                open.Remove(call);
            }
            else if (settles || happened.Operation is HistoryOperation.Drop or HistoryOperation.Found)
            {
                kept.Add((happened.Subscription, happened.Message));
            }
        }

        // Those whose outcome never came, because the process died: they may have been stored.
        kept.UnionWith(open.Select(call => (call.Subscription, call.Message)));
        return kept;
    }
}
