using System.Diagnostics;
using Messaging.Logs;
using Messaging.Records;

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
    /// <param name="id">The id.</param>
    /// <param name="previous">The slot before it in its chain, for <see cref="Remove"/>.</param>
    public int Find(MessageId id, out int previous)
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

    public MessageLog LogOf(int slot) => _slots[slot].Log!;

    /// <summary>Gets the message of a slot, which is due at this time.</summary>
    public ScheduledItem ItemOf(int slot, long due) => new(_slots[slot].Id, LogOf(slot), due, _slots[slot].Record);

    /// <summary>Determines whether a slot still holds the message that had this order: one that is free, or was given to another message, has another.</summary>
    public bool Holds(int slot, uint order)
    {
        ref readonly Slot found = ref _slots[slot];
        return found.Log is not null && found.Order == order;
    }

    /// <summary>Adds a message whose id is not there.</summary>
    /// <returns>Its slot, and its place in the order of adding.</returns>
    public (int Slot, uint Order) Add(in ScheduledItem item)
    {
        AssertInvariants();
        int slot = TakeSlot();
        ref int bucket = ref BucketOf(item.Id);
        _slots[slot] = new Slot { Id = item.Id, Log = item.Log, Record = item.Record, Order = ++_order, Next = bucket };
        bucket = slot;
        Count++;
        return (slot, _order);
    }

    /// <summary>Removes the message of a slot.</summary>
    /// <param name="slot">The slot.</param>
    /// <param name="previous">The one before it in its chain.</param>
    public void Remove(int slot, int previous)
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

    private static int[] NewBuckets(int count)
    {
        int[] buckets = new int[count];
        Array.Fill(buckets, None);
        return buckets;
    }

    private ref int BucketOf(MessageId id) => ref _buckets[id.GetHashCode() & (_buckets.Length - 1)];

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
            // They grow when no slot is free, so each holds a message.
            ref int bucket = ref BucketOf(_slots[slot].Id);
            _slots[slot].Next = bucket;
            bucket = slot;
        }
    }

    private void Reset()
    {
        _free = None;
        _used = 0;
        if (_slots.Length > WorthReleasing)
        {
            _slots = new Slot[LeastSlots];
            _buckets = NewBuckets(LeastSlots);
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
