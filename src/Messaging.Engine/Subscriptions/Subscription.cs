using System.Runtime.InteropServices;
using Messaging.Cursors;
using Messaging.Diagnostics;
using Messaging.Dispatch;
using Messaging.Leases;
using Messaging.Logs;
using Messaging.Redelivery;
using Messaging.Scheduling;
using Messaging.State;
using Messaging.Storage;
using Messaging.Writing;

namespace Messaging.Subscriptions;

/// <summary>The shared place of competing consumers: cursors over logs, leases, retries, and the buffer that feeds the consumers.</summary>
/// <remarks>
/// One short lock guards the state; no user code, no I/O and no other lock under it. This file holds the parts and the
/// life of a subscription; the others hold dispatch, settling and redelivery.
/// </remarks>
internal sealed partial class Subscription : IStateOwner, IStoredBacklog, IDeliverySettler
{
    /// <summary>After a death, this many messages from the stored place on are marked in the store before they are handed over.</summary>
    private const long MarkWindow = 1024;

    private readonly BrokerContext _context;
    private readonly Alarm _alarm;
    private readonly DispatchBuffer _buffer = new();
    private readonly SenderPace _pace;

    // Guarded by _gate.
    private readonly Lock _gate = new();
    private readonly List<ConsumerPort> _ports = [];
    private readonly BacklogReads _reads = new();
    private readonly List<KeyValuePair<long, RetryCounts>> _started = [];
    private readonly InHand _inHand = new();
    private readonly Demand _demand = new();
    private readonly Counters _counters = new();
    private readonly Suspension _suspension = new();
    private readonly LastUse _lastUse;
    private readonly BacklogKeeper _keeper;
    private readonly Fresh _fresh;
    private readonly Intake _intake;
    private bool _paused;
    private bool _closed;
    private StoreException? _failure;
    private Action? _settleLater;

    public Subscription(BrokerContext context, int id, string name, DeadLetterLog deadLetters, SubscriptionOptions options)
    {
        _context = context;
        _pace = new SenderPace(context.Clock);
        Id = id;
        Name = name;
        Options = options;
        DeadLetters = deadLetters;
        _alarm = context.Scheduler.CreateAlarm(OnAlarm, name);
        _lastUse = new LastUse(context.Clock.Now);
        _keeper = new BacklogKeeper(NewBacklog(options));
        _fresh = new Fresh(_demand, this) { MaxOutOfOrder = options.MaxOutOfOrder };
        _intake = new Intake(_inHand, _fresh, _buffer, this);
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
            _fresh.Add(cursor);
            suspended = _suspension.TryJoin(cursor);
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
                _suspension.Resume(cursor, sequence);
            }
            else
            {
                cursor.State.StartAt(sequence);
                _fresh.Add(cursor);
            }

            PumpLocked();
        }

        if (_keeper.Limit is not null)
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
                    _inHand.Redelivery.AddWaiting(new Buffered(cursor, sequence, default, counts.Attempts, counts.Failures), counts.Due);
                }
            }

            next = _inHand.Redelivery.NextDue;
        }

        _alarm.SetNoLaterThan(next);
    }

    public IReadOnlyList<LogCursor> Cursors
    {
        get
        {
            lock (_gate)
            {
                return [.. _fresh.Cursors];
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
        _demand.IsStopped = true;
        _intake.Revoke();
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
        _keeper.Limit?.Lift();
    }

    public StoreCursor Encode(StoredReader reader)
    {
        var cursor = (LogCursor)reader;
        SettleAcks();
        lock (_gate)
        {
            AssertInvariants();
            _started.Clear();
            _inHand.Leases.ForEach((cursor, _started), static (state, in lease) =>
            {
                if (lease.Item.Cursor == state.cursor)
                {
                    state._started.Add(new(lease.Item.Sequence, new RetryCounts(lease.Item.Attempts, lease.Item.Failures, 0)));
                }
            });
            _inHand.Redelivery.AddAsked(cursor, _started);
            if (cursor.Log.IsStored)
            {
                _lastUse.NoteStored();
            }

            return cursor.EncodeFor(Id, CollectionsMarshal.AsSpan(_started), _lastUse.At);
        }
    }

    /// <summary>Ends all deliveries, since the store has failed: what is handed over now could not be settled.</summary>
    public void Fail(StoreException failure)
    {
        lock (_gate)
        {
            if (!_closed && _failure is null && _fresh.Cursors.Any(static cursor => cursor.Log.IsStored))
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
            _counters.Damaged += count;
        }
    }

    private SubscriptionStatistics CountLocked()
    {
        long unsettled = 0;
        foreach (LogCursor cursor in _fresh.Cursors)
        {
            unsettled += CountUnsettledLocked(cursor);
        }

        return new SubscriptionStatistics
        {
            Ready = unsettled - _inHand.Leases.Leased - _inHand.Redelivery.WaitingCount - _inHand.Moving,
            // On its way to the dead letters, a message counts as what it was mostly: somebody's.
            Leased = _inHand.Leases.Leased + _inHand.Moving + _inHand.Departing,
            Waiting = _inHand.Redelivery.WaitingCount,
            Acked = _counters.Acked,
            Delivered = _inHand.Leases.Granted,
            Redelivered = _inHand.Leases.GrantedAgain,
            Dropped = _counters.Dropped,
            Damaged = _counters.Damaged,
            Missed = _suspension.CountMissed(_fresh.Cursors),
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

    private void AssertInvariants() => _inHand.AssertSum(_fresh.Cursors, Name);
}
