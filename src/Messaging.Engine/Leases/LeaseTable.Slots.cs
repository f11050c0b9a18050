namespace Messaging.Leases;

/// <content>The slots, and the lists that they are in.</content>
internal sealed partial class LeaseTable
{
    private ref Lease At(int slot) => ref _chunks[slot >> ChunkBits][slot & (ChunkSize - 1)];

    private int TakeSlot()
    {
        if (_free >= 0)
        {
            int slot = _free;
            _free = At(slot).Next;
            return slot;
        }

        if (_used == _chunks.Length << ChunkBits)
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

        return _used++;
    }

    private long Offer(ref Lease lease, int slot)
    {
        long generation = _generation + 1;
        lease.Number = (generation << SlotBits) | (uint)slot;
        Append(_handed, slot);
        Count++;
        Offered++;
        lease.Word.Offer(generation);
        Volatile.Write(ref _generation, generation);
        return lease.Number;
    }

    private void Free(int slot)
    {
        At(slot).Word.Free();
        Count--;
        PutBack(slot);
    }

    private void PutBack(int slot)
    {
        ref Lease lease = ref At(slot);
        lease.Item = default;
        lease.Lost = null;
        lease.Next = _free;
        _free = slot;
    }

    private void EndLinked(int slot)
    {
        Unlink(At(slot).List, slot);
        Leased--;
        Free(slot);
    }

    /// <summary>Notes that a message was taken.</summary>
    private void LeaveHanded(int slot)
    {
        Unlink(_handed, slot);
        Offered--;
        Granted++;
        ref Lease lease = ref At(slot);
        GrantedAgain += lease.Item.Attempts > 1 ? 1 : 0;
        LatestGrant = Math.Max(LatestGrant, lease.Deadline - lease.List.Duration);
    }

    private void LinkHanded(int slot)
    {
        LeaveHanded(slot);
        Link(slot);
        Leased++;
    }

    private void Append(LeaseList list, int slot)
    {
        ref Lease lease = ref At(slot);
        lease.Previous = list.Tail;
        lease.Next = -1;
        if (list.Tail >= 0)
        {
            At(list.Tail).Next = slot;
        }
        else
        {
            list.Head = slot;
        }

        list.Tail = slot;
    }

    /// <summary>Puts a lease into its list, by its deadline.</summary>
    private void Link(int slot)
    {
        ref Lease lease = ref At(slot);
        LeaseList list = lease.List;
        int after = list.Tail;
        while (after >= 0 && At(after).Deadline > lease.Deadline)
        {
            after = At(after).Previous;
        }

        if (after == list.Tail)
        {
            Append(list, slot);
            return;
        }

        lease.Previous = after;
        lease.Next = after >= 0 ? At(after).Next : list.Head;
        At(lease.Next).Previous = slot;
        if (after >= 0)
        {
            At(after).Next = slot;
        }
        else
        {
            list.Head = slot;
        }
    }

    private void Unlink(LeaseList list, int slot)
    {
        ref Lease lease = ref At(slot);
        if (lease.Previous >= 0)
        {
            At(lease.Previous).Next = lease.Next;
        }
        else
        {
            list.Head = lease.Next;
        }

        if (lease.Next >= 0)
        {
            At(lease.Next).Previous = lease.Previous;
        }
        else
        {
            list.Tail = lease.Previous;
        }
    }
}
