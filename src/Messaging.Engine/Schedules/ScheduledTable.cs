using System.Diagnostics;
using Messaging.Logs;
using Messaging.Scheduling;

namespace Messaging.Schedules;

/// <summary>Scheduled messages, found by id in one step and by due time at the top of a heap.</summary>
/// <remarks>
/// A message takes a slot of 64 bytes, a heap node of 16 and a place of 4 in the index by id: no object of its own. Its node
/// outlives a cancelled message until it comes to the top, or until such nodes are the most of the heap. An empty table
/// gives its memory back.
/// </remarks>
internal sealed class ScheduledTable
{
    private const int FewNodes = 16;

    private readonly DueHeap _heap = new();
    private readonly ScheduledSlots _slots = new();

    /// <summary>Gets the number of messages.</summary>
    public int Count => _slots.Count;

    /// <summary>Gets the earliest due time; <see cref="long.MaxValue"/> for none.</summary>
    public long NextDue
    {
        get
        {
            while (_heap.TryPeek(out DueNode first))
            {
                if (_slots.Holds(first))
                {
                    return first.Due;
                }

                _heap.Pop();
            }

            return long.MaxValue;
        }
    }

    /// <summary>Finds a message's log.</summary>
    public bool TryGet(MessageId id, out MessageLog log)
    {
        int slot = _slots.Find(id);
        log = slot == ScheduledSlots.None ? null! : _slots.LogOf(slot);
        return slot != ScheduledSlots.None;
    }

    /// <summary>Adds a message, unless there is one of its id.</summary>
    public bool TryAdd(in ScheduledItem item)
    {
        AssertInvariants();
        if (_slots.Find(item.Id) != ScheduledSlots.None)
        {
            return false;
        }

        _heap.Push(_slots.Add(item));
        return true;
    }

    /// <summary>Removes a message.</summary>
    public bool TryRemove(MessageId id, out MessageLog log)
    {
        AssertInvariants();
        int slot = _slots.Find(id);
        if (slot == ScheduledSlots.None)
        {
            log = null!;
            return false;
        }

        log = _slots.LogOf(slot);
        _slots.Remove(slot);
        if (Count == 0)
        {
            _heap.Clear();
        }
        else if (_heap.Count > FewNodes && _heap.Count > 2 * Count)
        {
            _heap.Keep(_slots, static (slots, node) => slots.Holds(node));
        }

        return true;
    }

    /// <summary>Takes the message that is due first, if its time has come.</summary>
    public bool TryTakeDue(long now, out ScheduledItem item)
    {
        AssertInvariants();
        if (NextDue > now || !_heap.TryPeek(out DueNode first))
        {
            item = default;
            return false;
        }

        _heap.Pop();
        item = _slots.ItemOf(first);
        _slots.Remove(first.Slot);
        if (Count == 0)
        {
            _heap.Clear();
        }

        return true;
    }

    [Conditional("DEBUG")]
    private void AssertInvariants()
    {
        Debug.Assert(_heap.Count >= Count, "A message has no due time.");
        Debug.Assert(Count > 0 || _heap.Count == 0, "An empty table keeps due times.");
    }
}
