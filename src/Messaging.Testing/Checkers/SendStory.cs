using Messaging.Testing.Histories;

namespace Messaging.Testing.Checkers;

/// <summary>All that a history tells of the sending of one message.</summary>
internal sealed class SendStory
{
    private int _open;

    public HistoryEvent? First { get; private set; }

    /// <summary>Gets the place of the first event in the history.</summary>
    public int FirstAt { get; private set; } = int.MaxValue;

    public HistoryEvent? Ok { get; private set; }

    /// <summary>Gets the first invocation whose outcome is, or was at the time, not known to be a refusal.</summary>
    public bool MayBeThere => Ok is not null || Unknown || _open > 0;

    public bool Unknown { get; private set; }

    public HistoryEvent? Cancelled { get; private set; }

    public int CancelledAt { get; private set; } = int.MaxValue;

    /// <summary>Gets a value indicating whether a cancellation was tried that may have succeeded.</summary>
    public bool MayBeCancelled { get; private set; }

    /// <summary>Collects the stories of all messages.</summary>
    public static Dictionary<string, SendStory> Of(History history)
    {
        var stories = new Dictionary<string, SendStory>();
        for (int at = 0; at < history.Events.Count; at++)
        {
            HistoryEvent happened = history.Events[at];
            if (happened.Operation is HistoryOperation.Send or HistoryOperation.Cancel)
            {
                if (!stories.TryGetValue(happened.Message, out SendStory? story))
                {
                    stories.Add(happened.Message, story = new SendStory());
                }

                if (happened.Operation == HistoryOperation.Send)
                {
                    story.AddSend(happened, at);
                }
                else
                {
                    story.AddCancel(happened, at);
                }
            }
        }

        return stories;
    }

    private void AddSend(HistoryEvent happened, int at)
    {
        if (First is null)
        {
            First = happened;
            FirstAt = at;
        }

        switch (happened.Outcome)
        {
            case HistoryOutcome.Invoked:
                _open++;
                break;
            case HistoryOutcome.Failed:
                _open = Math.Max(0, _open - 1);
                break;
            case HistoryOutcome.Ok:
                Ok ??= happened;
                break;
            default:
                Unknown = true;
                break;
        }
    }

    private void AddCancel(HistoryEvent happened, int at)
    {
        MayBeCancelled |= happened.Outcome != HistoryOutcome.Failed;
        if (happened.Outcome == HistoryOutcome.Ok && Cancelled is null)
        {
            Cancelled = happened;
            CancelledAt = at;
        }
        else if (happened.Outcome == HistoryOutcome.Failed)
        {
            // Refused: it was due already, or is unknown. Only a later success can still cancel it.
            MayBeCancelled = Cancelled is not null;
        }
    }
}
