using System.Runtime.CompilerServices;

namespace Messaging.Leases;

/// <summary>The storage of a <see cref="LeaseTable"/>: slots that never move, in chunks, and a list of those that are free.</summary>
/// <remarks>It is a part of the table, in place, since every step of a message goes through it. Guarded as the table is; only
/// <see cref="Find"/> may be called by anyone.</remarks>
internal struct LeaseSlots()
{
    /// <summary>The number of low bits of a delivery number that say its slot.</summary>
    public const int Bits = 20;
    public const int Max = 1 << Bits;

    private const int ChunkBits = 4;
    private const int ChunkSize = 1 << ChunkBits;

    private Lease[][] _chunks = [];
    private int _free = -1;

    /// <summary>Gets the number of slots that were ever used.</summary>
    public int Used { get; private set; }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly ref Lease At(int slot) => ref _chunks[slot >> ChunkBits][slot & (ChunkSize - 1)];

    /// <summary>Finds a slot, if there is one of that number by now; a null reference otherwise. May be called by anyone.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly ref Lease Find(int slot)
    {
        Lease[][] chunks = Volatile.Read(in _chunks);
        if (slot >> ChunkBits >= chunks.Length)
        {
            return ref Unsafe.NullRef<Lease>();
        }

        return ref chunks[slot >> ChunkBits][slot & (ChunkSize - 1)];
    }

    public int Take()
    {
        if (_free >= 0)
        {
            int slot = _free;
            _free = At(slot).Next;
            return slot;
        }

        if (Used == _chunks.Length << ChunkBits)
        {
            // Consumers look slots up without a lock: they find the old directory or the new one, and the same slots in both.
            var chunks = new Lease[Math.Max(1, _chunks.Length * 2)][];
            _chunks.CopyTo(chunks, 0);
            for (int i = _chunks.Length; i < chunks.Length; i++)
            {
                chunks[i] = new Lease[ChunkSize];
            }

            Volatile.Write(ref _chunks, chunks);
        }

        return Used++;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void PutBack(ref Lease lease, int slot)
    {
        lease.Item = default;
        lease.Lost = null;
        lease.Next = _free;
        _free = slot;
    }
}
