using Messaging.Testing.Histories;

namespace Messaging.Testing.Checkers;

/// <summary>I12, atomicity: of a batch, all messages are there or none, whatever its sender was told.</summary>
/// <remarks>
/// <para>It needs sends with their <see cref="HistoryEvent.Batch"/>, a history that has come to <see cref="HistoryOperation.Rest"/>, since only
/// such a one shows all that is there, and each subscription drained or listed with <see cref="HistoryOperation.Found"/>.</para>
/// <para>It cannot see a batch torn into two moments, if all of it is there in the end. Acks whose outcome is unknown may
/// have taken messages away.</para>
/// </remarks>
public sealed class Atomicity : IChecker
{
    /// <inheritdoc/>
    public string Id => "I12";

    /// <inheritdoc/>
    public IEnumerable<Violation> Check(History history)
    {
        ArgumentNullException.ThrowIfNull(history);
        if (!history.Of(HistoryOperation.Rest).Any())
        {
            yield break;
        }

        var there = new HashSet<(string Subscription, string Message)>();
        var perhaps = new HashSet<(string Subscription, string Message)>();
        foreach (HistoryEvent happened in history.Of(
            HistoryOperation.Deliver, HistoryOperation.Found, HistoryOperation.Ack, HistoryOperation.DeadLetter, HistoryOperation.Drop,
            HistoryOperation.Redrive, HistoryOperation.Purge))
        {
            // Whether an ack whose outcome is unknown has taken its message away, nobody knows. A dead letter was there before it is redriven.
            bool wasThere = happened.Outcome == HistoryOutcome.Ok || happened.Operation is HistoryOperation.Redrive or HistoryOperation.Purge;
            (wasThere ? there : perhaps).Add((happened.Subscription, happened.Message));
        }

        var readers = new Readership(history);
        Dictionary<string, SendStory> stories = SendStory.Of(history);
        foreach (IGrouping<string, KeyValuePair<string, SendStory>> batch in stories
            .Where(story => story.Value.First is { Batch.Length: > 0 })
            .GroupBy(story => story.Value.First!.Batch))
        {
            HistoryEvent first = batch.First().Value.First!;
            foreach (string subscription in readers.Of(first.Destination, batch.Min(story => story.Value.FirstAt)))
            {
                KeyValuePair<string, SendStory>[] found = [.. batch.Where(story => there.Contains((subscription, story.Key)))];
                string? missing = batch.Select(story => story.Key)
                    .FirstOrDefault(message => !there.Contains((subscription, message)) && !perhaps.Contains((subscription, message)));
                if (found.Length > 0 && missing is not null)
                {
                    yield return new Violation(
                        Id, batch.Key, $"'{subscription}' has {found.Length} of its {batch.Count()} messages; {missing} is missing", found[0].Value.First!);
                }
            }
        }
    }
}
