namespace Messaging.Checkers;

/// <summary>I12: of a batch, all messages are there or none, whatever its sender was told.</summary>
/// <remarks>Only a history that comes to rest shows all that is there.</remarks>
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

        HashSet<(string Subscription, string Message)> seen = [.. history
            .Of(HistoryOperation.Deliver, HistoryOperation.Found, HistoryOperation.Ack, HistoryOperation.DeadLetter, HistoryOperation.Drop)
            .Select(happened => (happened.Subscription, happened.Message))];
        var readers = new Readership(history);
        Dictionary<string, SendStory> stories = SendStory.Of(history);
        foreach (IGrouping<string, KeyValuePair<string, SendStory>> batch in stories
            .Where(story => story.Value.First is { Batch.Length: > 0 })
            .GroupBy(story => story.Value.First!.Batch))
        {
            HistoryEvent first = batch.First().Value.First!;
            foreach (string subscription in readers.Of(first.Destination, batch.Min(story => story.Value.FirstAt)))
            {
                KeyValuePair<string, SendStory>[] there = [.. batch.Where(story => seen.Contains((subscription, story.Key)))];
                if (there.Length > 0 && there.Length < batch.Count())
                {
                    string missing = batch.Select(story => story.Key).Except(there.Select(story => story.Key)).First();
                    yield return new Violation(
                        Id, batch.Key, $"'{subscription}' has {there.Length} of its {batch.Count()} messages; {missing} is missing", there[0].Value.First!);
                }
            }
        }
    }
}
