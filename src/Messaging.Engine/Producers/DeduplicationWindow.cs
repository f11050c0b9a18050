using Messaging.Storage;

namespace Messaging.Producers;

/// <summary>The ids that senders gave, the newest of them, each with its message's receipt.</summary>
/// <remarks>An id is remembered from the moment its send begins, so that two sends at once are one message. All members may be called from any thread.</remarks>
internal sealed class DeduplicationWindow(int capacity)
{
    // Guarded by _gate.
    private readonly Lock _gate = new();
    private readonly Dictionary<(int Log, MessageId Id), Entry> _entries = [];
    private readonly Queue<(int Log, MessageId Id, long Ordinal)> _order = new();
    private long _lastOrdinal;

    /// <summary>Takes over what the store remembers.</summary>
    public void Recover(StoreMessageId remembered, Durability durability)
    {
        var receipt = new Receipt(remembered.MessageId, remembered.Sequence, durability, IsDuplicate: false);
        _entries[(remembered.Log, remembered.MessageId)] = new Entry(remembered.Ordinal, Task.FromResult(receipt));
        _order.Enqueue((remembered.Log, remembered.MessageId, remembered.Ordinal));
        _lastOrdinal = Math.Max(_lastOrdinal, remembered.Ordinal);
    }

    /// <summary>Finds the send of an id, or begins one.</summary>
    /// <param name="log">The destination's log.</param>
    /// <param name="id">The id.</param>
    /// <param name="send">What the caller will complete, if it begins; its task is shown to repetitions.</param>
    /// <param name="ordinal">The place in the order of remembering, if the caller begins.</param>
    /// <returns>The send that began earlier, or <see langword="null"/> if the caller's is the first.</returns>
    public Task<Receipt>? Begin(int log, MessageId id, TaskCompletionSource<Receipt> send, out long ordinal)
    {
        lock (_gate)
        {
            ordinal = 0;
            if (capacity == 0)
            {
                return null;
            }

            if (_entries.TryGetValue((log, id), out Entry earlier))
            {
                return earlier.Send;
            }

            ordinal = ++_lastOrdinal;
            _entries[(log, id)] = new Entry(ordinal, send.Task);
            _order.Enqueue((log, id, ordinal));
            ForgetOldest();
            return null;
        }
    }

    /// <summary>Forgets a send that failed, so that it can be tried again.</summary>
    public void Forget(int log, MessageId id, long ordinal)
    {
        lock (_gate)
        {
            if (_entries.TryGetValue((log, id), out Entry entry) && entry.Ordinal == ordinal)
            {
                _entries.Remove((log, id));
            }
        }
    }

    private void ForgetOldest()
    {
        while (_order.Count > capacity)
        {
            (int log, MessageId id, long ordinal) = _order.Dequeue();
            if (_entries.TryGetValue((log, id), out Entry entry) && entry.Ordinal == ordinal)
            {
                _entries.Remove((log, id));
            }
        }
    }

    private readonly record struct Entry(long Ordinal, Task<Receipt> Send);
}
