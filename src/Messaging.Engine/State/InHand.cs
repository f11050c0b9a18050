using System.Diagnostics;
using Messaging.Cursors;
using Messaging.Diagnostics;
using Messaging.Dispatch;
using Messaging.Leases;
using Messaging.Redelivery;

namespace Messaging.State;

/// <summary>Where each message between a cursor's floor and its next number is: offered, leased, waiting, returned, failed, moving, or being fetched. Guarded by
/// the subscription.</summary>
internal sealed class InHand
{
    private long _moving;
    private long _fetching;

    // Settled in their logs by moves that are not published. Rises with the guard, falls without.
    private long _departing;

    /// <summary>Gets what is offered and leased.</summary>
    public LeaseTable Leases { get; } = new();

    /// <summary>Gets what goes back to the consumers, now or later.</summary>
    public RedeliveryTable Redelivery { get; } = new();

    /// <summary>Gets the number of messages that are moving.</summary>
    public long Moving => _moving;

    /// <summary>Gets the number of messages that have left their log and are not in the other one yet.</summary>
    public long Departing => Interlocked.Read(ref _departing);

    /// <summary>Begins the way of a message that nobody holds any more.</summary>
    public Move BeginMove(in Buffered item)
    {
        _moving++;
        return new Move(item, HasLeft: false);
    }

    /// <summary>Begins the way of a message that makes room: it leaves the backlog at once. No sender waits where the oldest goes, so nobody has to be let in.</summary>
    public Move BeginEviction(in Buffered item)
    {
        _moving++;
        item.Cursor.Share.Left++;
        item.Cursor.Share.Limit?.Subtract(1, item.Cursor.Share.SizeOf(item.Sequence, item.Record.Size));
        return new Move(item, HasLeft: true);
    }

    /// <summary>Lets a moving message leave the backlog, unless it has done so.</summary>
    /// <returns>The room that it leaves, to be given back without the guard.</returns>
    public static SettledRun Leave(in Move move)
    {
        if (move.HasLeft)
        {
            return default;
        }

        BacklogShare share = move.Item.Cursor.Share;
        share.Left++;
        return share.Limit is { } backlog ? new SettledRun(null, 1, backlog, share.SizeOf(move.Item.Sequence, move.Item.Record.Size)) : default;
    }

    /// <summary>Ends a move: the message is settled where it was, and has left the backlog before.</summary>
    /// <param name="cursor">Its cursor.</param>
    /// <param name="sequence">Its number.</param>
    /// <param name="departs">Whether it goes to another log, where it counts when that is published.</param>
    public SettledRun EndMove(LogCursor cursor, long sequence, bool departs)
    {
        Debug.Assert(_moving > 0, "A move has ended twice.");
        _moving--;
        cursor.Share.Left--;
        cursor.State.Settle(sequence);
        cursor.ShowFloor();
        if (departs)
        {
            Interlocked.Increment(ref _departing);
        }

        return new SettledRun(cursor, 1, null, 0);
    }

    /// <summary>Notes that a message that has departed counts in the other log. By anyone.</summary>
    public void NoteArrived() => Interlocked.Decrement(ref _departing);

    /// <summary>Ends a move whose message stays: the caller puts it where it waits.</summary>
    public void ComeBack(in Move move)
    {
        Debug.Assert(_moving > 0, "A move has ended twice.");
        _moving--;
        if (move.HasLeft)
        {
            move.Item.Cursor.Share.Left--;
            move.Item.Cursor.Share.Limit?.Add(1, move.Item.Cursor.Share.SizeOf(move.Item.Sequence, move.Item.Record.Size));
        }
    }

    /// <summary>Begins the reading of a message's bytes.</summary>
    public void BeginFetch() => _fetching++;

    /// <summary>Ends it. The caller puts the message where it goes on.</summary>
    public void EndFetch()
    {
        Debug.Assert(_fetching > 0, "A fetch has ended twice.");
        _fetching--;
    }

    /// <summary>Puts a message back that was not handled: it comes first, and counts no failure.</summary>
    public void Return(in Buffered item)
    {
        item.Cursor.State.SetCounts(item.Sequence, new RetryCounts(item.Attempts, item.Failures, 0));
        if (!SeededBugs.Is(SeededBug.LoseReturned))
        {
            Redelivery.Return(item);
        }
    }

    /// <summary>Settles a message that nobody will have any more.</summary>
    public static SettledRun Settle(LogCursor cursor, long sequence, long size)
    {
        cursor.State.Settle(sequence);
        cursor.ShowFloor();
        return new SettledRun(cursor, 1, cursor.Share.Limit, cursor.Share.Limit is null ? 0 : cursor.Share.SizeOf(sequence, size));
    }

    /// <summary>Demands that each message that was taken and is not settled is in one place.</summary>
    [Conditional("DEBUG")]
    public void AssertSum(IReadOnlyList<LogCursor> cursors, string subscription)
    {
        long inHands = 0;
        for (int i = 0; i < cursors.Count; i++)
        {
            LogCursor cursor = cursors[i];
            if (cursor.State.IsRecovering)
            {
                return;
            }

            inHands += cursor.State.InHands;
            Debug.Assert(cursor.State.Next <= cursor.Log.End, "Next is above the end of the log.");
        }

        long known = Leases.Count + Redelivery.WaitingCount + Redelivery.ReadyCount + _moving + _fetching;
        Debug.Assert(
            inHands == known,
            $"{subscription}: {inHands} messages are in hands, {known} are known: {Leases.Count} in slots, {Redelivery.WaitingCount} waiting, "
            + $"{Redelivery.ReadyCount} ready, {_moving} moving, {_fetching} being fetched.");
    }
}
