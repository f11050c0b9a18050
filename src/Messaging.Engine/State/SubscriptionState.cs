using System.Diagnostics;
using Messaging.Cursors;
using Messaging.Diagnostics;
using Messaging.Dispatch;
using Messaging.Leases;
using Messaging.Scheduling;

namespace Messaging.State;

/// <summary>All that a subscription's lock guards: its parts, and the changes that concern several of them.</summary>
internal sealed class SubscriptionState
{
    /// <summary>Above this number, waiting messages of a stored log are forgotten in memory and read again when they are due.</summary>
    private const int MaxWaitingInMemory = 4096;

    private readonly string _name;

    public SubscriptionState(string name, DispatchBuffer buffer, IStoredBacklog stored, long now)
    {
        _name = name;
        LastUse = new LastUse(now);
        Fresh = new Fresh(Demand, stored);
        Intake = new Intake(InHand, Fresh, buffer, stored);
    }

    public InHand InHand { get; } = new();

    public Demand Demand { get; } = new();

    public Fresh Fresh { get; }

    public Intake Intake { get; }

    public BacklogKeeper Keeper { get; } = new();

    public Suspension Suspension { get; } = new();

    public Counters Counters { get; } = new();

    public LastUse LastUse { get; }

    /// <summary>Gets the reads from the store that are under way.</summary>
    public BacklogReads Reads { get; } = new();

    public List<ConsumerPort> Ports { get; } = [];

    public Availability Availability { get; } = new();

    /// <summary>Ends deliveries for a time or for good: what was offered comes back.</summary>
    public void Stop()
    {
        Demand.IsStopped = true;
        Intake.Revoke();
    }

    /// <summary>Settles acknowledged messages of one cursor.</summary>
    /// <param name="slot">Where to begin, and to go on; -1 at the end.</param>
    /// <param name="whole">Whether to go through all that was handed over, or only up to the first message that nobody has taken.</param>
    public SettledRun SettleAcks(ref int slot, bool whole)
    {
        LogCursor? cursor = null;
        long count = 0;
        long bytes = 0;
        while (InHand.Leases.TryEndAcked(ref slot, whole, cursor, out AckedMessage acked))
        {
            cursor = acked.Cursor;
            count++;
            bytes += cursor.Share.Limit is null ? 0 : cursor.Share.SizeOf(acked.Sequence, acked.Size);
            cursor.State.Settle(acked.Sequence);
        }

        if (cursor is null)
        {
            return default;
        }

        cursor.ShowFloor();
        Counters.Acked += count;
        AskIfNews();
        return new SettledRun(cursor, count, cursor.Share.Limit, bytes);
    }

    /// <summary>Settles a leased message that was acknowledged.</summary>
    public bool TryAck(long number, out LogCursor cursor, out SettledRun run)
    {
        bool settled = InHand.Leases.TrySettle(number, out AckedMessage acked);
        cursor = acked.Cursor;
        if (!settled)
        {
            run = default;
            return false;
        }

        run = InHand.Settle(cursor, acked.Sequence, acked.Size);
        Counters.Acked++;
        AskIfNews();
        return true;
    }

    /// <summary>Ends the move of a message, which is settled where it was.</summary>
    public SettledRun EndMove(LogCursor cursor, long sequence, bool departs)
    {
        SettledRun run = InHand.EndMove(cursor, sequence, departs);
        Counters.Dropped += departs ? 0 : 1;
        AskIfNews();
        return run;
    }

    /// <summary>Puts a message back that was not handled.</summary>
    public void Return(in Buffered item)
    {
        InHand.Return(item);
        Demand.Ask();
    }

    /// <summary>Puts a message where consumers find it at once.</summary>
    public void AddFailed(in Buffered item)
    {
        InHand.Redelivery.AddFailed(item);
        Demand.Ask();
    }

    /// <summary>Ends the move of a message that stays, and puts it where it is handed over after a time.</summary>
    /// <inheritdoc cref="Wait"/>
    public long ComeBack(in Move move, long from, TimeSpan wait, long now)
    {
        InHand.ComeBack(move);
        return Wait(move.Item, from, wait, now);
    }

    /// <summary>Puts a failed message where it is handed over after a time.</summary>
    /// <param name="item">The message, with its counts.</param>
    /// <param name="from">When the wait begins.</param>
    /// <param name="wait">The wait.</param>
    /// <param name="now">The time.</param>
    /// <returns>The time when it is handed over; 0 for at once.</returns>
    public long Wait(in Buffered item, long from, TimeSpan wait, long now)
    {
        if (SeededBugs.Is(SeededBug.EarlyTimer))
        {
            wait /= 2;
        }

        long due = wait > TimeSpan.Zero ? Keeper.CapByAge(item, DueTime.After(from, wait.Ticks), now) : 0;
        item.Cursor.State.SetCounts(item.Sequence, new RetryCounts(item.Attempts, item.Failures, due));
        if (due == 0)
        {
            AddFailed(item);
        }
        else
        {
            bool forget = item.Cursor.Log.IsStored && InHand.Redelivery.WaitingCount >= MaxWaitingInMemory;
            InHand.Redelivery.AddWaiting(item.With(forget ? default : item.Record.Detach()), due);
        }

        return due;
    }

    /// <summary>Takes the oldest message that nobody holds, to make room.</summary>
    public bool TryEvictOldest(bool whole, long agedBy, out Move move)
    {
        bool taken = Intake.TryTakeOldest(whole, agedBy, out Buffered item, out bool hasReturned);
        move = taken ? InHand.BeginEviction(item) : default;
        if (hasReturned)
        {
            Demand.Ask();
        }

        return taken;
    }

    /// <summary>Passes over messages that the store does not give.</summary>
    /// <param name="cursor">The cursor.</param>
    /// <param name="end">The number before which they lie.</param>
    public PassedGap PassOver(LogCursor cursor, long end)
    {
        long next = cursor.State.Next;
        long unsettled = cursor.Unsettled;

        // The cursor was lost, so treat everything before the oldest stored record as settled.
        long damaged = cursor.Ahead.BeginsAtOldest ? 0 : cursor.NoteDamaged(next, end - 1);
        cursor.Ahead.BeginsAtOldest = false;
        cursor.State.PassOver(end);
        cursor.ShowFloor();
        Counters.Damaged += damaged;
        return new PassedGap(next, end - 1, unsettled - cursor.Unsettled, damaged);
    }

    /// <summary>Counts what there is, but for what is scheduled and dead.</summary>
    public SubscriptionStatistics Count()
    {
        long unsettled = Fresh.Cursors.Sum(static cursor => cursor.Unsettled);
        return new SubscriptionStatistics
        {
            Ready = unsettled - InHand.Leases.Leased - InHand.Redelivery.WaitingCount - InHand.Moving,
            // On its way to the dead letters, a message counts as what it was mostly: somebody's.
            Leased = InHand.Leases.Leased + InHand.Moving + InHand.Departing,
            Waiting = InHand.Redelivery.WaitingCount,
            Acked = Counters.Acked,
            Delivered = InHand.Leases.Granted,
            Redelivered = InHand.Leases.GrantedAgain,
            Dropped = Counters.Dropped,
            Damaged = Counters.Damaged,
            Missed = Suspension.CountMissed(Fresh.Cursors),
        };
    }

    [Conditional("DEBUG")]
    public void AssertInvariants() => InHand.AssertSum(Fresh.Cursors, _name);

    /// <summary>What was settled may have made something possible that was not.</summary>
    private void AskIfNews()
    {
        if (Demand.IsFull || InHand.Redelivery.ReadyCount > 0)
        {
            Demand.Ask();
        }
    }
}
