using System.Diagnostics;
using Messaging.Logs;
using Messaging.Records;
using Messaging.Scheduling;

namespace Messaging.Producers;

/// <summary>Scheduled messages, found by id in one step and by due time at the top of a heap.</summary>
/// <remarks>
/// A message takes a slot of 64 bytes, a heap node of 16 and a place of 4 in the index by id: no object of its own. Its node
/// outlives a cancelled message until it comes to the top, or until such nodes are the most of the heap. An empty table
/// gives its memory back.
/// </remarks>
internal sealed class ScheduledTable
{
    private const int LeastSlots = 16;
    private const int WorthReleasing = 1_024;
    private const int None = -1;

    private readonly DueHeap _heap = new();
    private Slot[] _slots = new Slot[LeastSlots];
    private int[] _buckets = NewBuckets(LeastSlots);
    private int _used;
    private int _free = None;
    private uint _order;

    /// <summary>Gets the number of messages.</summary>
    public int Count { get; private set; }

    /// <summary>Gets the earliest due time; <see cref="long.MaxValue"/> for none.</summary>
    public long NextDue
    {
        get
        {
            while (_heap.TryPeek(out DueNode first))
            {
                if (IsLive(first))
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
        int slot = Find(id, out _);
        log = slot == None ? null! : _slots[slot].Log!;
        return slot != None;
    }

    /// <summary>Adds a message, unless there is one of its id.</summary>
    public bool TryAdd(in ScheduledItem item)
    {
        AssertInvariants();
        if (Find(item.Id, out _) != None)
        {
            return false;
        }

        int slot = TakeSlot();
        ref int bucket = ref BucketOf(item.Id);
        _slots[slot] = new Slot { Id = item.Id, Log = item.Log, Record = item.Record, Order = ++_order, Next = bucket };
        bucket = slot;
        Count++;
        _heap.Push(new DueNode(item.Due, _order, slot));
        return true;
    }

    /// <summary>Removes a message.</summary>
    public bool TryRemove(MessageId id, out MessageLog log)
    {
        AssertInvariants();
        int slot = Find(id, out int previous);
        if (slot == None)
        {
            log = null!;
            return false;
        }

        log = _slots[slot].Log!;
        Release(slot, previous);
        if (_heap.Count > LeastSlots && _heap.Count > 2 * Count)
        {
            _heap.Keep(this, static (table, node) => table.IsLive(node));
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
        ref Slot slot = ref _slots[first.Slot];
        item = new ScheduledItem(slot.Id, slot.Log!, first.Due, slot.Record);
        Find(item.Id, out int previous);
        Release(first.Slot, previous);
        return true;
    }

    private static int[] NewBuckets(int count)
    {
        int[] buckets = new int[count];
        Array.Fill(buckets, None);
        return buckets;
    }

    /// <summary>A slot that is free, or was given to another message, has another order.</summary>
    private bool IsLive(in DueNode node)
    {
        ref readonly Slot slot = ref _slots[node.Slot];
        return slot.Log is not null && slot.Order == node.Order;
    }

    private ref int BucketOf(MessageId id) => ref _buckets[id.GetHashCode() & (_buckets.Length - 1)];

    private int Find(MessageId id, out int previous)
    {
        previous = None;
        int slot = BucketOf(id);
        while (slot != None && _slots[slot].Id != id)
        {
            previous = slot;
            slot = _slots[slot].Next;
        }

        return slot;
    }

    private int TakeSlot()
    {
        if (_free != None)
        {
            int slot = _free;
            _free = _slots[slot].Next;
            return slot;
        }

        if (_used == _slots.Length)
        {
            Grow();
        }

        return _used++;
    }

    private void Grow()
    {
        Array.Resize(ref _slots, 2 * _slots.Length);
        _buckets = NewBuckets(_slots.Length);
        for (int slot = 0; slot < _used; slot++)
        {
            // It grows when no slot is free, so each holds a message.
            ref int bucket = ref BucketOf(_slots[slot].Id);
            _slots[slot].Next = bucket;
            bucket = slot;
        }
    }

    private void Release(int slot, int previous)
    {
        ref int link = ref previous == None ? ref BucketOf(_slots[slot].Id) : ref _slots[previous].Next;
        link = _slots[slot].Next;
        _slots[slot] = new Slot { Next = _free };
        _free = slot;
        Count--;
        if (Count == 0)
        {
            Reset();
        }
    }

    private void Reset()
    {
        _heap.Clear();
        _free = None;
        _used = 0;
        if (_slots.Length > WorthReleasing)
        {
            _slots = new Slot[LeastSlots];
            _buckets = NewBuckets(LeastSlots);
        }
    }

    [Conditional("DEBUG")]
    private void AssertInvariants()
    {
        Debug.Assert(Count >= 0 && Count <= _used && _used <= _slots.Length, "More messages are counted than there are slots.");
        Debug.Assert(_heap.Count >= Count, "A message has no due time.");
        Debug.Assert(Count > 0 || _heap.Count == 0, "An empty table keeps due times.");
    }

    private struct Slot
    {
        public MessageId Id;

        /// <summary>The log; <see langword="null"/> for a free slot.</summary>
        public MessageLog? Log;
        public Record Record;
        public uint Order;

        // The next one of the same bucket, or the next free one.
        public int Next;
    }
}
