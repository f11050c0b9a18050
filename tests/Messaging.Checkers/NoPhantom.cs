namespace Messaging.Checkers;

/// <summary>I2: what is delivered was sent before, not refused for certain, and not cancelled for certain.</summary>
public sealed class NoPhantom : IChecker
{
    /// <inheritdoc/>
    public string Id => "I2";

    /// <inheritdoc/>
    public IEnumerable<Violation> Check(History history)
    {
        ArgumentNullException.ThrowIfNull(history);
        Dictionary<string, SendStory> stories = SendStory.Of(history);
        for (int at = 0; at < history.Events.Count; at++)
        {
            HistoryEvent happened = history.Events[at];
            if (happened.Operation is not (HistoryOperation.Deliver or HistoryOperation.Found))
            {
                continue;
            }

            if (!stories.TryGetValue(happened.Message, out SendStory? story) || story.FirstAt > at)
            {
                yield return new Violation(Id, happened.Message, "it is there, and was never sent before", happened);
            }
            else if (!story.MayBeThere)
            {
                yield return new Violation(Id, happened.Message, "it is there, although every send of it was refused for certain", story.First!, happened);
            }
            else if (story.CancelledAt < at)
            {
                yield return new Violation(Id, happened.Message, "it is there after it was cancelled for certain", story.Cancelled!, happened);
            }
        }
    }
}
