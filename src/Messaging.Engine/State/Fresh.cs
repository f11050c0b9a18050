using Messaging.Cursors;
using Messaging.Dispatch;
using Messaging.Records;

namespace Messaging.State;

/// <summary>The new messages of a subscription: those of each log from its cursor's next number on. Guarded by the subscription.</summary>
internal sealed class Fresh(Demand demand, IStoredBacklog stored)
{
    private readonly List<LogCursor> _cursors = [];
    private int _turn;

    public IReadOnlyList<LogCursor> Cursors => _cursors;

    /// <summary>Gets the cursor, where there is one log only, as there mostly is; <see langword="null"/> for none or several.</summary>
    public LogCursor? Only => _cursors.Count == 1 ? _cursors[0] : null;

    /// <summary>Gets or sets how many exceptions a cursor may have before it takes nothing new.</summary>
    public int MaxOutOfOrder { get; set; }

    public void Add(LogCursor cursor) => _cursors.Add(cursor);

    /// <summary>Determines whether a log has a new message that may be handed out. Messages that were out before an opening are not new.</summary>
    public bool MayTake(LogCursor cursor)
    {
        if (!cursor.State.SeekNext(cursor.End))
        {
            return false;
        }

        if (cursor.State.IsRecovering || cursor.State.Exceptions < MaxOutOfOrder)
        {
            return true;
        }

        demand.NoteFull();
        return false;
    }

    /// <summary>Takes a new message. The logs take turns.</summary>
    public bool TryTake(out Buffered item)
    {
        for (int i = 0; i < _cursors.Count; i++)
        {
            _turn = _turn + 1 < _cursors.Count ? _turn + 1 : 0;
            LogCursor cursor = _cursors[_turn];
            if (MayTake(cursor) && TryPeek(cursor, out Record record))
            {
                RetryCounts counts = cursor.State.CountsOf(cursor.State.Next);
                item = new Buffered(cursor, Take(cursor), record, counts.Attempts, counts.Failures);
                return true;
            }
        }

        item = default;
        return false;
    }

    /// <summary>Takes the next message of a cursor. What was read ahead for it is not needed any more.</summary>
    public static long Take(LogCursor cursor)
    {
        cursor.Ahead.Take(cursor.State.Next);
        return cursor.State.Take();
    }

    /// <summary>Shows the record of a cursor's next message, or has it read if it is in the store only.</summary>
    public bool TryPeek(LogCursor cursor, out Record record)
    {
        long sequence = cursor.State.Next;
        if (cursor.Ahead.TryPeek(sequence, out record) || cursor.Log.TryGet(sequence, out record))
        {
            return true;
        }

        if (!cursor.Ahead.IsReading && cursor.Log.IsStored)
        {
            stored.ReadAhead(cursor, sequence);
        }

        return false;
    }

    /// <summary>Finds the oldest new message.</summary>
    /// <param name="reads">Whether records that are in the store only are read. Otherwise such a message is found without its record.</param>
    /// <param name="waits">Whether nothing is found while the record of the oldest is read. What is in the store only is older than what is in memory.</param>
    /// <param name="oldest">Its cursor.</param>
    /// <param name="record">Its record.</param>
    public bool TryFindOldest(bool reads, bool waits, out LogCursor? oldest, out Record record)
    {
        oldest = null;
        record = default;
        long first = long.MaxValue;
        foreach (LogCursor cursor in _cursors)
        {
            if (!cursor.State.SeekNext(cursor.End))
            {
                continue;
            }

            bool found = reads ? TryPeek(cursor, out Record next) : cursor.Log.TryGet(cursor.State.Next, out next);
            if (!found && !waits)
            {
                continue;
            }

            long agesFrom = found ? next.AgesFrom : long.MinValue;
            if (oldest is null || agesFrom < first)
            {
                (oldest, record, first) = (cursor, found ? next : default, agesFrom);
            }
        }

        return oldest is not null && !(reads && record.IsMissing);
    }
}
