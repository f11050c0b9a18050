using Messaging.Testing.Histories;

namespace Messaging.Testing.Checkers;

/// <summary>Which subscriptions collect from which destination, and from when on.</summary>
internal sealed class Readership
{
    private readonly Dictionary<string, List<(string Subscription, int From)>> _readers = [];
    private readonly Dictionary<string, int> _deletedAt = [];

    public Readership(History history)
    {
        for (int at = 0; at < history.Events.Count; at++)
        {
            HistoryEvent happened = history.Events[at];
            if (happened is { Operation: HistoryOperation.Subscribe, Outcome: HistoryOutcome.Ok })
            {
                Add(happened, at);
            }
            else if (happened.Operation == HistoryOperation.Unsubscribe && happened.Outcome != HistoryOutcome.Failed)
            {
                _deletedAt[happened.Subscription] = at;
            }
        }
    }

    /// <summary>Lists the subscriptions that must have collected a message: there before it was sent, and not deleted since.</summary>
    /// <remarks>A destination that nobody is said to subscribe to is a queue, which is its own subscription.</remarks>
    public IEnumerable<string> Of(string destination, int sentAt) =>
        _readers.TryGetValue(destination, out List<(string Subscription, int From)>? readers)
            ? readers.Where(reader => reader.From < sentAt && !(_deletedAt.TryGetValue(reader.Subscription, out int deleted) && deleted > reader.From))
                .Select(reader => reader.Subscription).Distinct()
            : [destination];

    private void Add(HistoryEvent happened, int at)
    {
        if (!_readers.TryGetValue(happened.Destination, out List<(string Subscription, int From)>? readers))
        {
            _readers.Add(happened.Destination, readers = []);
        }

        // Subscribing again after a restart continues the subscription, unless it was deleted in between.
        int known = readers.FindLastIndex(reader => reader.Subscription == happened.Subscription);
        if (known < 0 || (_deletedAt.TryGetValue(happened.Subscription, out int deleted) && deleted > readers[known].From))
        {
            readers.Add((happened.Subscription, at));
        }
    }
}
