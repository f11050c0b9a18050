using Messaging.Logs;
using Messaging.Storage;

namespace Messaging.Schedules;

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
    /// <param name="remembered">The id.</param>
    /// <param name="durability">What its message survives.</param>
    /// <param name="isScheduled">Whether the message is scheduled.</param>
    public void Recover(StoreMessageId remembered, Durability durability, bool isScheduled = false)
    {
        var receipt = new Receipt(remembered.MessageId, remembered.Sequence, durability, IsDuplicate: false);
        _entries[(remembered.Log, remembered.MessageId)] = new Entry(remembered.Ordinal, Task.FromResult(receipt), isScheduled);
        _order.Enqueue((remembered.Log, remembered.MessageId, remembered.Ordinal));
        _lastOrdinal = Math.Max(_lastOrdinal, remembered.Ordinal);
    }

    /// <summary>Finds the send of an id, or begins one.</summary>
    /// <param name="log">The destination's log.</param>
    /// <param name="id">The id.</param>
    /// <param name="send">What the caller will complete, if it begins; its task is shown to repetitions.</param>
    /// <param name="ordinal">The place in the order of remembering, if the caller begins.</param>
    /// <param name="isScheduled">Whether the message enters its log later.</param>
    /// <returns>The send that began earlier, or <see langword="null"/> if the caller's is the first.</returns>
    public Task<Receipt>? Begin(int log, MessageId id, TaskCompletionSource<Receipt> send, out long ordinal, bool isScheduled = false)
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
            _entries[(log, id)] = new Entry(ordinal, send.Task, isScheduled);
            _order.Enqueue((log, id, ordinal));
            ForgetOldest();
            return null;
        }
    }

    /// <summary>Gets the place of a scheduled message's id in the order of remembering; 0 if it is not remembered.</summary>
    public long OrdinalOfScheduled(int log, MessageId id)
    {
        lock (_gate)
        {
            return _entries.TryGetValue((log, id), out Entry entry) && entry.IsScheduled ? entry.Ordinal : 0;
        }
    }

    /// <summary>Notes that a scheduled message has entered its log.</summary>
    public void Enter(MessageLog log, MessageId id, long sequence)
    {
        lock (_gate)
        {
            if (_entries.TryGetValue((log.Id, id), out Entry entry) && entry.IsScheduled)
            {
                var receipt = new Receipt(id, sequence, log.Durability, IsDuplicate: false);
                _entries[(log.Id, id)] = new Entry(entry.Ordinal, Task.FromResult(receipt), IsScheduled: false);
            }
        }
    }

    /// <summary>Forgets a send that failed or was cancelled, so that it can be made again.</summary>
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

    private readonly record struct Entry(long Ordinal, Task<Receipt> Send, bool IsScheduled);
}
