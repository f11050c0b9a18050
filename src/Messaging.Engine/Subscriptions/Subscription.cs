using System.Diagnostics;
using System.Runtime.InteropServices;
using Messaging.Bounds;
using Messaging.Cursors;
using Messaging.Diagnostics;
using Messaging.Dispatch;
using Messaging.Leases;
using Messaging.Logs;
using Messaging.Redelivery;
using Messaging.Scheduling;
using Messaging.Storage;
using Messaging.Writing;

namespace Messaging.Subscriptions;

/// <summary>The shared place of competing consumers: cursors over logs, leases, retries, and the buffer that feeds the consumers.</summary>
/// <remarks>
/// One short lock guards the state; no user code, no I/O and no other lock under it. This file holds the parts and the
/// life of a subscription; the others hold dispatch, settling and redelivery.
/// </remarks>
internal sealed partial class Subscription : IStateOwner, IDeliverySettler
{
    /// <summary>After a death, this many messages from the stored place on are marked in the store before they are handed over.</summary>
    private const long MarkWindow = 1024;

    private readonly BrokerContext _context;
    private readonly Alarm _alarm;
    private readonly DispatchBuffer _buffer = new();
    private readonly SenderPace _pace;

    // Guarded by _gate.
    private readonly Lock _gate = new();
    private readonly List<LogCursor> _cursors = [];
    private readonly LeaseTable _leases = new();
    private readonly RedeliveryTable _redelivery = new();
    private readonly List<ConsumerPort> _ports = [];
    private readonly BacklogReads _reads = new();
    private readonly List<KeyValuePair<long, RetryCounts>> _started = [];
    private int _turn;
    private bool _failedTurn;
    private bool _parked;
    private bool _paused;
    private long _heldBack;
    private bool _closed;
    private bool _suspended;
    private int _resuming;
    private long _missed;
    private long _activity;
    private long _storedActivity;
    private bool _knowsActivity;
    private long _ageDue = long.MaxValue;
    private long _moving;

    // Settled in their logs by moves that are not published. Rises under _gate.
    private long _departing;

    // Changed by Interlocked: how often a message was kept because the dead-letter queue was full.
    private long _heldForRoom;
    private long _fetching;
    private long _acked;
    private long _dropped;
    private long _damaged;
    private StoreException? _failure;

    // Counted without a lock.
    private long _leasesLost;

    // Written under _gate, read without it. Whether a consumer may be parked that found nothing; whether nothing is handed over;
    // whether new messages are held back because the exceptions of a cursor are as many as they may be.
    private bool _hungry;
    private Action? _lookLater;
    private bool _stopped;
    private bool _full;
    private Backlog? _backlog;

    public Subscription(BrokerContext context, int id, string name, DeadLetterLog deadLetters, SubscriptionOptions options)
    {
        _context = context;
        _pace = new SenderPace(context.Clock);
        Id = id;
        Name = name;
        Options = options;
        DeadLetters = deadLetters;
        _alarm = context.Scheduler.CreateAlarm(OnAlarm, name);
        _activity = context.Clock.Now;
        _backlog = NewBacklog(options);
    }

    public int Id { get; }

    public string Name { get; }

    public SubscriptionOptions Options { get; private set; }

    public DeadLetterLog DeadLetters { get; }

    /// <summary>Gets a value indicating whether deliveries have ended for good.</summary>
    public bool IsShut => Volatile.Read(ref _closed);

    /// <summary>Gets the failure of the store that has ended deliveries, if there was one.</summary>
    public StoreException? Failure => Volatile.Read(ref _failure);

    public bool IsPaused
    {
        get
        {
            lock (_gate)
            {
                return _paused;
            }
        }
    }

    /// <summary>Creates a cursor that the log starts at its end.</summary>
    public LogCursor CreateCursorAtEnd(MessageLog log) => Limit(new LogCursor(this, log, new CursorState(1)));

    /// <summary>Adds a cursor that knows its place. The caller attaches it to the log.</summary>
    /// <param name="log">The log.</param>
    /// <param name="state">The place.</param>
    /// <param name="storedNext">What was next when the state was stored, for one that recovery found after a death.</param>
    /// <param name="isOwn">Whether nobody else reads the log.</param>
    public LogCursor AddCursor(MessageLog log, CursorState state, long? storedNext = null, bool isOwn = false)
    {
        LogCursor cursor = Limit(new LogCursor(this, log, state) { IsOwn = isOwn });
        if (storedNext is { } next)
        {
            cursor.MarkBelow = next + MarkWindow;
        }

        bool suspended;
        lock (_gate)
        {
            _cursors.Add(cursor);
            suspended = _suspended && SuspendLocked(cursor, state.Floor);
        }

        if (suspended)
        {
            MarkLazily(cursor, log.Durability);
        }

        return cursor;
    }

    public void OnStarted(StoredReader reader, long sequence)
    {
        var cursor = (LogCursor)reader;
        lock (_gate)
        {
            if (cursor.State.IsSuspended)
            {
                ResumeLocked(cursor, sequence);
            }
            else
            {
                cursor.State.StartAt(sequence);
                _cursors.Add(cursor);
            }

            PumpLocked();
        }

        if (Volatile.Read(ref _backlog) is not null)
        {
            // The caller may hold the topology's lock, or be the writer's thread.
            _context.Work.RunCounted(KeepWithinBacklog);
        }
    }

    /// <summary>Puts the messages that recovery found waiting where they were.</summary>
    public void RecoverWaiting(LogCursor cursor)
    {
        long next;
        lock (_gate)
        {
            foreach ((long sequence, RetryCounts counts) in cursor.State.Counts)
            {
                if (counts.Due != 0)
                {
                    // The bytes are read from the store when the time has come.
                    _redelivery.AddWaiting(new Buffered(cursor, sequence, default, counts.Attempts, counts.Failures), counts.Due);
                }
            }

            next = _redelivery.NextDue;
        }

        _alarm.SetNoLaterThan(next);
    }

    public IReadOnlyList<LogCursor> Cursors
    {
        get
        {
            lock (_gate)
            {
                return [.. _cursors];
            }
        }
    }

    /// <summary>Reads the counts. Between two moves, as <see cref="CountVersion.Read"/> has it done, each message is in one of them.</summary>
    /// <param name="scheduled">The number of those that enter later.</param>
    public SubscriptionStatistics ReadStatistics(long scheduled)
    {
        SubscriptionStatistics counts = default;
        SettledRun run;
        do
        {
            lock (_gate)
            {
                // What was acknowledged is settled under the same lock, so that it is not counted as ready.
                run = LookLocked(whole: true);
                counts = run.More ? counts : CountLocked();
            }

            AfterSettle(run);
        }
        while (run.More);
        return counts with { Scheduled = scheduled, Dead = DeadLetters.Count };
    }

    /// <summary>Gets the number of messages that are not settled.</summary>
    public long CountUnsettled()
    {
        SubscriptionStatistics counts = ReadStatistics(0);
        return counts.Ready + counts.Leased + counts.Waiting;
    }

    public void Pause()
    {
        lock (_gate)
        {
            _paused = true;
            StopLocked();
        }
    }

    private void StopLocked()
    {
        Volatile.Write(ref _stopped, true);
        RevokeLocked();
    }

    /// <summary>Ends all deliveries.</summary>
    public void Shut()
    {
        ConsumerPort[] ports;
        lock (_gate)
        {
            _closed = true;
            StopLocked();
            ports = [.. _ports];
        }

        foreach (ConsumerPort port in ports)
        {
            Close(port);
        }

        _alarm.Clear();
        _buffer.Complete();
        StoreActivity();
        Volatile.Read(ref _backlog)?.Lift();
    }

    public StoreCursor Encode(StoredReader reader)
    {
        var cursor = (LogCursor)reader;
        SettleAcks();
        lock (_gate)
        {
            AssertInvariants();
            _started.Clear();
            _leases.ForEach((cursor, _started), static (state, in lease) =>
            {
                if (lease.Item.Cursor == state.cursor)
                {
                    state._started.Add(new(lease.Item.Sequence, new RetryCounts(lease.Item.Attempts, lease.Item.Failures, 0)));
                }
            });
            _redelivery.AddAsked(cursor, _started);
            _storedActivity = cursor.Log.IsStored ? _activity : _storedActivity;
            return cursor.EncodeFor(Id, CollectionsMarshal.AsSpan(_started), _activity);
        }
    }

    /// <summary>Ends all deliveries, since the store has failed: what is handed over now could not be settled.</summary>
    public void Fail(StoreException failure)
    {
        lock (_gate)
        {
            if (!_closed && _failure is null && _cursors.Exists(cursor => cursor.Log.IsStored))
            {
                Volatile.Write(ref _failure, failure);
                StopLocked();
                _buffer.Complete(failure);
            }
        }
    }

    /// <summary>Counts dead letters that cannot be read.</summary>
    public void AddDamaged(long count)
    {
        lock (_gate)
        {
            _damaged += count;
        }
    }

    private SubscriptionStatistics CountLocked()
    {
        long unsettled = 0;
        long missed = _missed;
        foreach (LogCursor cursor in _cursors)
        {
            unsettled += CountUnsettledLocked(cursor);
            missed += cursor.State.IsSuspended ? cursor.Log.End - cursor.MissedFrom : 0;
        }

        return new SubscriptionStatistics
        {
            Ready = unsettled - _leases.Leased - _redelivery.WaitingCount - _moving,
            // On its way to the dead letters, a message counts as what it was mostly: somebody's.
            Leased = _leases.Leased + _moving + Interlocked.Read(ref _departing),
            Waiting = _redelivery.WaitingCount,
            Acked = _acked,
            Delivered = _leases.Granted,
            Redelivered = _leases.GrantedAgain,
            Dropped = _dropped,
            Damaged = _damaged,
            Missed = missed,
        };
    }

    /// <summary>Cancels the token of a delivery or a handler.</summary>
    /// <remarks>Callbacks are user code: they run on the thread pool, or in the queue of a test, and never under a lock. Nobody waits for them, and what
    /// they throw is logged.</remarks>
    public void CancelLost(CancellationTokenSource source) => _ = CancelAsync(source);

    private static long CountUnsettledLocked(LogCursor cursor) => cursor.End - cursor.State.Floor - cursor.State.AckedAbove;

    private void Mark(IEnumerable<LogCursor>? cursors)
    {
        foreach (LogCursor cursor in cursors ?? [])
        {
            MarkLazily(cursor, cursor.Log.Durability);
        }
    }

    private void CancelAll(IEnumerable<CancellationTokenSource>? lost)
    {
        foreach (CancellationTokenSource source in lost ?? [])
        {
            CancelLost(source);
        }
    }

    private async Task CancelAsync(CancellationTokenSource source)
    {
        try
        {
            await WorkContext.CancelAsync(source).ConfigureAwait(WorkContext.IsCurrent);
        }
        catch (AggregateException exception)
        {
            EngineLog.CallbackFailed(_context.Logger, exception, Name);
        }
    }

    [Conditional("DEBUG")]
    private void AssertInvariants()
    {
        long inHands = 0;
        foreach (LogCursor cursor in _cursors)
        {
            if (!cursor.State.IsRecovering)
            {
                inHands += cursor.State.InHands;
                Debug.Assert(cursor.State.Next <= cursor.Log.End, "Next is above the end of the log.");
            }
            else
            {
                return;
            }
        }

        long known = _leases.Count + _redelivery.WaitingCount + _redelivery.ReadyCount + _moving + _fetching;
        Debug.Assert(
            inHands == known,
            $"{Name}: {inHands} messages are in hands, {known} are known: {_leases.Count} in slots, {_redelivery.WaitingCount} waiting, "
            + $"{_redelivery.ReadyCount} ready, {_moving} moving, {_fetching} being fetched.");
    }
}
