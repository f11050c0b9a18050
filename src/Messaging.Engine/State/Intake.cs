using Messaging.Cursors;
using Messaging.Diagnostics;
using Messaging.Dispatch;
using Messaging.Leases;
using Messaging.Records;
using Messaging.Redelivery;

namespace Messaging.State;

/// <summary>Which message is next, and which is the oldest: of those returned, offered, failed and new. Guarded by the subscription.</summary>
internal sealed class Intake(InHand inHand, Fresh fresh, DispatchBuffer buffer, IStoredBacklog stored) : ISupply
{
    private readonly LeaseTable _leases = inHand.Leases;
    private readonly RedeliveryTable _redelivery = inHand.Redelivery;
    private bool _failedTurn;

    private enum Source
    {
        None,
        Returned,
        Failed,
        Offered,
        Fresh,
    }

    public bool HasRoom => _leases.Offered < buffer.Capacity && !_leases.IsFull;

    public bool HasTaken() => _leases.HasTaken();

    public bool HasAcked() => _leases.HasAcked();

    public void Wake() => buffer.Wake();

    public bool HasFresh()
    {
        for (int i = 0; i < fresh.Cursors.Count; i++)
        {
            LogCursor cursor = fresh.Cursors[i];
            if (!cursor.Ahead.IsReading && fresh.MayTake(cursor))
            {
                return true;
            }
        }

        return false;
    }

    public bool TryFill()
    {
        if (_redelivery.ReadyCount == 0 && fresh.Only is { } cursor && TryFillFromTail(cursor))
        {
            return true;
        }

        bool any = false;
        while (HasRoom && TryTakeNext(out Buffered item))
        {
            any = true;
            buffer.Write(_leases.Offer(item));
            if (item.Sequence % 8 == 0 && SeededBugs.Is(SeededBug.DoubleDispatch))
            {
                buffer.Write(_leases.Offer(item));
            }
        }

        return any;
    }

    /// <summary>Takes the offered messages back, in their order.</summary>
    public void Revoke()
    {
        while (buffer.TryRead(out long number))
        {
            _redelivery.Return(_leases.TakeBack(number));
        }
    }

    /// <summary>Gets the time from which the age of the oldest message counts that nobody holds, as far as records are in memory; <see cref="long.MaxValue"/> for none.</summary>
    public long OldestAgesFrom() => FindOldest(reads: true, waits: false, any: false).AgesFrom;

    /// <summary>Takes the oldest message that nobody holds.</summary>
    /// <param name="whole">Whether its record is needed; one that is in the store only is then read first, and nothing taken.</param>
    /// <param name="agedBy">The latest time from which its age may count; <see cref="long.MaxValue"/> for any.</param>
    /// <param name="item">The message.</param>
    /// <param name="hasReturned">Whether a message was taken and has returned, since it was not old enough: others may be offered now.</param>
    public bool TryTakeOldest(bool whole, long agedBy, out Buffered item, out bool hasReturned)
    {
        bool any = agedBy == long.MaxValue;
        hasReturned = false;
        Candidate oldest = FindOldest(whole, waits: true, any);
        if (oldest.AgesFrom == long.MaxValue || oldest.AgesFrom > agedBy)
        {
            item = default;
            return any && _redelivery.TryTakeDue(long.MaxValue - 1, out item);
        }

        switch (oldest.Source)
        {
            case Source.Returned:
                return _redelivery.TryTakeReturned(out item);
            case Source.Failed:
                return _redelivery.TryTakeFailed(out item);
            case Source.Fresh:
                item = new Buffered(oldest.Cursor!, Fresh.Take(oldest.Cursor!), oldest.Record, 0, 0);
                return true;
            default:
                break;
        }

        if (!buffer.TryRead(out long number))
        {
            // A consumer was quicker.
            return TryTakeOldest(whole, agedBy, out item, out hasReturned);
        }

        item = _leases.TakeBack(number);
        if (AgesFrom(item.Record, any) <= agedBy)
        {
            return true;
        }

        _redelivery.Return(item);
        hasReturned = true;
        return false;
    }

    // The record of a message that waits is not at hand. Where any message will do, it is older than all others.
    private static long AgesFrom(in Record record, bool any) => record.IsMissing && any ? long.MinValue : record.AgesFrom;

    private Candidate FindOldest(bool reads, bool waits, bool any)
    {
        Candidate oldest = default;
        oldest = _redelivery.TryPeekReturned(out Buffered item) ? oldest.Or(Source.Returned, AgesFrom(item.Record, any)) : oldest;
        oldest = _redelivery.TryPeekFailed(out item) ? oldest.Or(Source.Failed, AgesFrom(item.Record, any)) : oldest;
        oldest = TryPeekOffered(out item) ? oldest.Or(Source.Offered, AgesFrom(item.Record, any)) : oldest;
        return fresh.TryFindOldest(reads, waits, out LogCursor? cursor, out Record record)
            ? oldest.Or(Source.Fresh, AgesFrom(record, any), cursor, record)
            : oldest;
    }

    private bool TryPeekOffered(out Buffered item)
    {
        item = default;
        return buffer.TryPeek(out long number) && _leases.TryPeek(number, out item);
    }

    /// <summary>Fills the buffer with new messages that are in memory, which is what there is mostly.</summary>
    private bool TryFillFromTail(LogCursor cursor)
    {
        if (cursor.State.IsRecovering || cursor.Ahead.Records.Count > 0 || SeededBugs.Is(SeededBug.DoubleDispatch) || !fresh.MayTake(cursor))
        {
            return false;
        }

        long first = cursor.State.Next;
        long end = Math.Min(cursor.End, first + DispatchBuffer.RunLength);
        long next = first;
        while (next < end && HasRoom && _leases.TryOffer(cursor, next, out long number))
        {
            buffer.Write(number);
            next++;
        }

        cursor.State.TakeUpTo(next);
        return next > first;
    }

    private bool TryTakeNext(out Buffered item)
    {
        while (_redelivery.TryTakeReturned(out item))
        {
            if (!item.Record.IsMissing)
            {
                return true;
            }

            inHand.BeginFetch();
            stored.Fetch(item);
        }

        // Failed messages take turns with new ones.
        _failedTurn = !_failedTurn;
        return (_failedTurn && _redelivery.TryTakeFailed(out item)) || fresh.TryTake(out item) || _redelivery.TryTakeFailed(out item);
    }

    private readonly record struct Candidate(Source Source, long From, LogCursor? Cursor, Record Record)
    {
        public long AgesFrom => Source == Source.None ? long.MaxValue : From;

        /// <summary>Chooses between this one and another, which must be older to be chosen.</summary>
        public Candidate Or(Source source, long agesFrom, LogCursor? cursor = null, in Record record = default) =>
            agesFrom < AgesFrom ? new Candidate(source, agesFrom, cursor, record) : this;
    }
}
