using System.Diagnostics;
using Messaging.Logs;
using Messaging.Records;
using Messaging.Scheduling;

namespace Messaging.Schedules;

/// <summary>Scheduled messages in slots of one array, found by id through chains of slots: no message has an object of its own.</summary>
/// <remarks>A slot of 64 bytes stays where it is until its message is removed. Empty slots give their memory back.</remarks>
internal sealed class ScheduledSlots
{
    public const int None = -1;

    private const int LeastSlots = 16;
    private const int WorthReleasing = 1_024;

    private Slot[] _slots = new Slot[LeastSlots];
    private int[] _buckets = NewBuckets(LeastSlots);
    private int _used;
    private int _free = None;
    private uint _order;

    /// <summary>Gets the number of messages.</summary>
    public int Count { get; private set; }

    /// <summary>Finds the slot of an id; <see cref="None"/> for none.</summary>
    public int Find(MessageId id)
    {
        int slot = BucketOf(id);
        while (slot != None && _slots[slot].Id != id)
        {
            slot = _slots[slot].Next;
        }

        return slot;
    }

    public MessageLog LogOf(int slot) => _slots[slot].Log!;

    /// <summary>Gets the message of a node's slot, which still holds it.</summary>
    public ScheduledItem ItemOf(in DueNode node)
    {
        ref readonly Slot slot = ref _slots[node.Slot];
        return new ScheduledItem(slot.Id, slot.Log!, node.Due, slot.Record);
    }

    /// <summary>Determines whether a node's slot still holds its message: one that is free, or was given to another message, has another order.</summary>
    public bool Holds(in DueNode node)
    {
        ref readonly Slot slot = ref _slots[node.Slot];
        return slot.Log is not null && slot.Order == node.Order;
    }

    /// <summary>Adds a message whose id is not there.</summary>
    /// <returns>Its slot and its due time.</returns>
    public DueNode Add(in ScheduledItem item)
    {
        AssertInvariants();
        int slot = _free;
        if (slot != None)
        {
            _free = _slots[slot].Next;
        }
        else
        {
            if (_used == _slots.Length)
            {
                Grow();
            }

            slot = _used++;
        }

        ref int bucket = ref BucketOf(item.Id);
        _slots[slot] = new Slot { Id = item.Id, Log = item.Log, Record = item.Record, Order = ++_order, Next = bucket };
        bucket = slot;
        Count++;
        return new DueNode(item.Due, _order, slot);
    }

    /// <summary>Removes the message of a slot.</summary>
    public void Remove(int slot)
    {
        ref int link = ref BucketOf(_slots[slot].Id);
        while (link != slot)
        {
            link = ref _slots[link].Next;
        }

        link = _slots[slot].Next;
        _slots[slot] = new Slot { Next = _free };
        _free = slot;
        Count--;
        if (Count == 0)
        {
            _free = None;
            _used = 0;
            if (_slots.Length > WorthReleasing)
            {
                _slots = new Slot[LeastSlots];
                _buckets = NewBuckets(LeastSlots);
            }
        }
    }

    private static int[] NewBuckets(int count)
    {
        int[] buckets = new int[count];
        Array.Fill(buckets, None);
        return buckets;
    }

    private ref int BucketOf(MessageId id) => ref _buckets[id.GetHashCode() & (_buckets.Length - 1)];

    private void Grow()
    {
        Array.Resize(ref _slots, 2 * _slots.Length);
        _buckets = NewBuckets(_slots.Length);
        for (int slot = 0; slot < _used; slot++)
        {
            // They grow when no slot is free, so each holds a message.
            ref int bucket = ref BucketOf(_slots[slot].Id);
            _slots[slot].Next = bucket;
            bucket = slot;
        }
    }

    [Conditional("DEBUG")]
    private void AssertInvariants() =>
        Debug.Assert(Count >= 0 && Count <= _used && _used <= _slots.Length, "More messages are counted than there are slots.");

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
