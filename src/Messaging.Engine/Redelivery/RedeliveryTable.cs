using Messaging.Cursors;
using Messaging.Dispatch;

namespace Messaging.Redelivery;

/// <summary>The messages of a subscription that go back to its consumers: returned ones, failed ones, and failed ones that wait for their time.</summary>
/// <remarks>
/// Returned messages were never handled, so they come first and in their order. Failed ones take turns with new ones:
/// a message that always fails must not starve the rest. A message whose retry policy is being asked is not among those that go back yet:
/// it is kept here so that its handling, which has begun, is stored as begun.
/// </remarks>
internal sealed class RedeliveryTable
{
    private readonly PriorityQueue<Buffered, long> _returned = new();
    private readonly Queue<Buffered> _failed = new();
    private readonly PriorityQueue<Buffered, (long Due, long Sequence)> _waiting = new();
    private readonly Dictionary<long, Buffered> _asked = [];

    /// <summary>Gets the number of messages that wait for their time.</summary>
    public int WaitingCount => _waiting.Count;

    /// <summary>Gets the number of messages that could be handed over now.</summary>
    public int ReadyCount => _returned.Count + _failed.Count;

    /// <summary>Gets the earliest time for which a message waits; <see cref="long.MaxValue"/> for none.</summary>
    public long NextDue => _waiting.TryPeek(out _, out (long Due, long Sequence) first) ? first.Due : long.MaxValue;

    /// <summary>Keeps a message while its retry policy is asked.</summary>
    /// <param name="number">The number of the delivery that has failed.</param>
    /// <param name="item">The message, with its counts before the failure.</param>
    public void BeginAsking(long number, in Buffered item) => _asked.Add(number, item);

    /// <summary>Lets go of a message whose retry policy has answered.</summary>
    public void EndAsking(long number) => _asked.Remove(number);

    /// <summary>Adds the counts of the messages of a cursor whose retry policies are being asked.</summary>
    public void AddAsked(LogCursor cursor, List<KeyValuePair<long, RetryCounts>> output)
    {
        if (_asked.Count == 0)
        {
            return;
        }

        foreach (Buffered item in _asked.Values)
        {
            if (item.Cursor == cursor)
            {
                output.Add(new(item.Sequence, new RetryCounts(item.Attempts, item.Failures, 0)));
            }
        }
    }

    public void Return(in Buffered item) => _returned.Enqueue(item, item.Sequence);

    public void AddFailed(in Buffered item) => _failed.Enqueue(item);

    public void AddWaiting(in Buffered item, long due) => _waiting.Enqueue(item, (due, item.Sequence));

    public bool TryPeekReturned(out Buffered item) => _returned.TryPeek(out item, out _);

    public bool TryPeekFailed(out Buffered item) => _failed.TryPeek(out item);

    public bool TryTakeReturned(out Buffered item) => _returned.TryDequeue(out item, out _);

    public bool TryTakeFailed(out Buffered item) => _failed.TryDequeue(out item);

    public bool TryTakeDue(long now, out Buffered item)
    {
        if (NextDue <= now)
        {
            item = _waiting.Dequeue();
            return true;
        }

        item = default;
        return false;
    }
}
