using System.Runtime.InteropServices;

namespace Messaging.Bounds;

/// <summary>What a gate counts: how much has entered and left, and how much may be in.</summary>
/// <remarks>Senders count what enters and consumers what leaves, on cache lines of their own: in the usual case neither
/// touches the other's.</remarks>
[StructLayout(LayoutKind.Explicit, Size = 408)]
internal struct GateCounter
{
    [FieldOffset(0)]
    private long _capacity;

    // What senders look at: the capacity, or less than nothing while the gate is shut.
    [FieldOffset(8)]
    private long _room;

    [FieldOffset(16)]
    private bool _isShut;

    // What has entered so far; written by senders.
    [FieldOffset(144)]
    private long _entered;

    // What had left when a sender last looked; written by senders.
    [FieldOffset(152)]
    private long _leftSeen;

    // What has left so far; written by consumers.
    [FieldOffset(280)]
    private long _left;

    public long Capacity
    {
        readonly get => Volatile.Read(in _capacity);
        set
        {
            Volatile.Write(ref _capacity, value);
            Volatile.Write(ref _room, _isShut ? -1 : value);
        }
    }

    /// <summary>Gets or sets a value indicating whether nothing may enter, however much room there is.</summary>
    public bool IsShut
    {
        readonly get => Volatile.Read(in _isShut);
        set
        {
            Volatile.Write(ref _isShut, value);
            Volatile.Write(ref _room, value ? -1 : Capacity);
        }
    }

    /// <summary>Gets what has entered and not left.</summary>
    public readonly long Held
    {
        get
        {
            long left = Volatile.Read(in _left);
            return Volatile.Read(in _entered) - left;
        }
    }

    /// <summary>Determines whether there is room now.</summary>
    public readonly bool HasRoomFor(long count) =>
        Volatile.Read(in _entered) + count - Volatile.Read(in _left) <= Volatile.Read(in _room);

    /// <summary>Counts what enters, if there is room.</summary>
    public bool TryEnter(long count)
    {
        long entered = Volatile.Read(ref _entered);
        long room = Volatile.Read(ref _room);
        while (true)
        {
            if (entered + count - Volatile.Read(ref _leftSeen) > room)
            {
                long left = Volatile.Read(ref _left);
                Volatile.Write(ref _leftSeen, left);
                if (entered + count - left > room)
                {
                    return false;
                }
            }

            long seen = Interlocked.CompareExchange(ref _entered, entered + count, entered);
            if (seen == entered)
            {
                return true;
            }

            entered = seen;
        }
    }

    /// <summary>Counts what enters, whether or not there is room.</summary>
    public void Enter(long count) => Interlocked.Add(ref _entered, count);

    /// <summary>Counts what leaves.</summary>
    public void Leave(long count) => Interlocked.Add(ref _left, count);
}
