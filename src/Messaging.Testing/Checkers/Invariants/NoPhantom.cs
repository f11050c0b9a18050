using Messaging.Testing.Histories;

namespace Messaging.Testing.Checkers;

/// <summary>I2, no phantom: what is delivered was sent before, not refused for certain, and not cancelled for certain.</summary>
/// <remarks>
/// <para>It needs each send told of before it is made (<see cref="HistoryOutcome.Invoked"/>) and after, cancellations likewise, and deliveries.</para>
/// <para>It cannot see a wrong body, unless the message's name follows from it: take the name from what was delivered, and a name that
/// nobody sent where the body is not the one of its name.</para>
/// </remarks>
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
