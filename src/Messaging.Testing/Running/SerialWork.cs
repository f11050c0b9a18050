using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using Messaging.Diagnostics;

namespace Messaging.Testing.Running;

/// <summary>The one place in which a broker under test runs: a queue of what is runnable, taken in the order of its coming or by the choice of a seed.</summary>
/// <remarks>
/// Everything that could run now is either in the queue or counted as running outside of it, so "at rest" is a fact and no guess. Virtual time
/// moves only at rest. One thread at a time drains the queue: a thread of its own, or the caller of <see cref="Drain"/>. Work arrives without
/// a lock, since it comes from under the engine's.
/// </remarks>
internal sealed class SerialWork : WorkQueue, IDisposable
{
    // How often code outside of the queue is asked whether it waits for a tick, in milliseconds.
    private const int TickInterval = 1;

    private readonly VirtualTime _time;
    private readonly Random? _choice;
    private readonly ConcurrentQueue<WorkItem> _arrived = new();
    private readonly ManualResetEventSlim _wake = new();
    private readonly SerialContext _context;
    private readonly QuietPool _pool;

    // Used by the draining thread only.
    private readonly List<WorkItem> _runnable = [];
    private int _next;
    private int _draining;
    private bool _isBusy;

    // Counted without a lock.
    private long _outside;
    private long _steps;
    private long _calls;
    private long _strays;
    private volatile bool _stopped;
    private volatile bool _halted;
    private volatile bool _hasThread;
    private int _isLate;

    // Guarded by _gate.
    private readonly Lock _gate = new();
    private readonly Queue<RestRequest> _requests = new();
    private readonly Queue<RestRequest> _innerRequests = new();

    public SerialWork(VirtualTime time, int? seed)
    {
        _time = time;
        _choice = seed is { } given ? new Random(given) : null;
        _context = new SerialContext(this);
        Threads = new FollowedThreads(_wake.Set);
        _pool = new QuietPool(_wake.Set);
    }

    public override bool IsSerial => true;

    public SerialContext Context => _context;

    /// <summary>Gets what was thrown where nobody else would hear of it.</summary>
    public FailureList Failures { get; } = new();

    /// <summary>Gets the threads of the pool that execute code which a test has started.</summary>
    public FollowedThreads Threads { get; }

    /// <summary>Gets or sets a value indicating whether a test has started code with loops of its own.</summary>
    public bool Follows { get; set; }

    /// <summary>Gets or sets what tells whether code that a test has started holds deliveries.</summary>
    public Func<bool> HasInHand { get; set; } = static () => false;

    /// <summary>Gets how many pieces of work were run so far.</summary>
    public long Steps => Volatile.Read(ref _steps);

    /// <summary>Gets or sets what is told after each piece of work which one it was of those that could have run, from 0, and how many these were.</summary>
    public Action<int, int>? Stepped { get; set; }

    /// <summary>Gets or sets what gives the queue something to do while a blocking call waits and nothing is runnable; it says whether it has.</summary>
    public Func<bool>? AtRest { get; set; }

    /// <summary>Gets or sets what lets consumers and workers' loops that are woken go on, each in its time; <see langword="null"/> for all at once.</summary>
    public Func<ValueTask<bool>, ValueTask<bool>>? Waking { get; set; }

    /// <summary>Gets how many pieces came from another thread while this one drained the queue: a simulation, which has one thread, has none.</summary>
    public long Strays => Interlocked.Read(ref _strays);

    /// <summary>Gets how many pieces run elsewhere: handlers that do not wait for virtual time, and calls of the store.</summary>
    public long Outside => Interlocked.Read(ref _outside);

    /// <summary>Gets a value indicating whether a piece of work is being done in the queue's own place.</summary>
    public bool IsBusy => Volatile.Read(ref _isBusy);

    /// <summary>Gets a value indicating whether the caller is on the thread that drains the queue.</summary>
    public bool IsHere => SynchronizationContext.Current == _context && _draining == Environment.CurrentManagedThreadId;

    /// <summary>Does nothing: what the engine counts is in the queue, or waits for a call that is counted itself.</summary>
    public override void Enter()
    {
    }

    /// <summary>Does nothing, as <see cref="Enter"/>.</summary>
    public override void Exit()
    {
    }

    /// <summary>Counts a piece that runs outside of the queue.</summary>
    public void Begin() => Interlocked.Increment(ref _outside);

    /// <summary>Ends a piece that runs outside. What it has made runnable is in the queue by now.</summary>
    public void End()
    {
        if (Interlocked.Decrement(ref _outside) == 0)
        {
            _wake.Set();
        }
    }

    public override void Run(Action work) => Add(new WorkItem(static state => ((Action)state!)(), work));

    /// <summary>Runs a call from outside, in its caller's execution context as any call does. Calls keep their order, whatever the seed.</summary>
    public void AddCall(Action call)
    {
        Action run = ExecutionContext.Capture() is { } context ? () => ExecutionContext.Run(context, static call => ((Action)call!)(), call) : call;
        Add(new WorkItem(static state => ((Action)state!)(), run, Interlocked.Increment(ref _calls)));
    }

    public void Add(WorkItem item)
    {
        if (_draining is not 0 and var here && here != Environment.CurrentManagedThreadId)
        {
            Interlocked.Increment(ref _strays);
        }

        _arrived.Enqueue(item);
        _wake.Set();
        if (_stopped && !_hasThread)
        {
            DrainLate();
        }
    }

    public override T Wait<T>(ValueTask<T> task)
    {
        if (!IsHere || task.IsCompleted)
        {
            return base.Wait(task);
        }

        // Nobody else would run what the caller waits for.
        Task<T> waited = WorkContext.Of(task);
        while (!waited.IsCompleted && !_halted && (TryRunOne() || (AtRest?.Invoke() ?? false)))
        {
        }

        return waited.IsCompleted
            ? waited.GetAwaiter().GetResult()
            : throw new InvalidOperationException("A blocking call waits for what can only happen after it. Use the asynchronous method.");
    }

    /// <summary>Waits for virtual time, or the end of the broker, in a call that is counted, which is not runnable meanwhile.</summary>
    public async ValueTask DelayAsync(TimeSpan by, CancellationToken ended)
    {
        Task delay = Task.Delay(by, _time, ended);
        End();
        await delay.ConfigureAwait(WorkContext.With(ConfigureAwaitOptions.SuppressThrowing));
        Begin();
    }

    public override ValueTask<bool> Wake(ValueTask<bool> waiting) => Waking is { } waking && !waiting.IsCompleted ? waking(waiting) : waiting;

    public override Task WhenIdleAsync() => RequestAsync(target: null).Task;

    /// <summary>Asks for rest, and then for the clock to be moved, with rest after each timer on the way.</summary>
    /// <param name="target">The time to move to, on the scale of the clock's timestamps; <see langword="null"/> for staying.</param>
    /// <param name="isRelative">Whether that is how far to move, from the time at which the request has its turn.</param>
    public RestRequest RequestAsync(long? target, bool isRelative = false)
    {
        // A handler that asks for rest is itself not at rest.
        Activity? asker = Activity.Current;
        var request = new RestRequest(target, isRelative, asker?.WaitFor() ?? default);
        lock (_gate)
        {
            (asker is null ? _requests : _innerRequests).Enqueue(request);
        }

        _wake.Set();
        return request;
    }

    /// <summary>Starts a thread that drains the queue.</summary>
    public void Start()
    {
        _hasThread = true;
        new Thread(RunThread) { IsBackground = true, Name = "Messaging test broker" }.UnsafeStart();
    }

    /// <summary>Runs all that is runnable, and what is asked for at rest, on the caller's thread, until there is nothing left but to wait for others.</summary>
    public void Drain()
    {
        SynchronizationContext? before = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(_context);
        int drainedBy = _draining;
        _draining = Environment.CurrentManagedThreadId;
        try
        {
            while (!_halted && (TryRunOne() || (!_stopped && TryServeRequest())))
            {
            }
        }
        finally
        {
            _draining = drainedBy;
            SynchronizationContext.SetSynchronizationContext(before);
        }
    }

    /// <summary>Runs nothing more, whatever is there. For a simulation that would not end.</summary>
    public void Halt() => _halted = true;

    /// <summary>Ends the thread. Virtual time stands still from now on; what is called all the same still runs, so that nobody waits for ever.</summary>
    public void Dispose()
    {
        _stopped = true;
        _wake.Set();
    }

    private void RunThread()
    {
        while (!_stopped)
        {
            // Reset first: what comes after the look sets it again.
            _wake.Reset();
            Drain();

            // Nobody tells that code outside of the queue begins to wait for a tick, or blocks its thread.
            _wake.Wait((_time.HasTicks && Outside != 0) || Threads.AnyRuns ? TickInterval : Timeout.Infinite);
        }

        _hasThread = false;
        DrainLate();
    }

    /// <summary>Runs what arrives after the end on the thread pool, still one after the other.</summary>
    private void DrainLate()
    {
        if (Interlocked.Exchange(ref _isLate, 1) == 0)
        {
            ThreadPool.UnsafeQueueUserWorkItem(static work => work.RunLate(), this, preferLocal: false);
        }
    }

    private void RunLate()
    {
        do
        {
            Drain();
            Interlocked.Exchange(ref _isLate, 0);
        }
        while (!_arrived.IsEmpty && Interlocked.Exchange(ref _isLate, 1) == 0);
    }

    [SuppressMessage("Design", "CA1031", Justification = "Whatever is thrown is kept for the test.")]
    private bool TryRunOne()
    {
        if (_next == _runnable.Count)
        {
            _runnable.Clear();
            _next = 0;
        }

        while (_arrived.TryDequeue(out WorkItem arrived))
        {
            _runnable.Add(arrived);
        }

        if (_next == _runnable.Count)
        {
            return false;
        }

        int count = _runnable.Count - _next;
        int chosen = _next;
        if (_choice is not null)
        {
            chosen = _choice.Next(_next, _runnable.Count);
            chosen = _runnable[chosen].Call == 0 ? chosen : FirstCall();
            (_runnable[_next], _runnable[chosen]) = (_runnable[chosen], _runnable[_next]);
        }

        chosen -= _next;
        WorkItem item = _runnable[_next];
        _runnable[_next++] = default;
        Volatile.Write(ref _steps, _steps + 1);
        // A handler that takes a message without waiting runs other pieces within its own.
        bool isWithin = _isBusy;
        Volatile.Write(ref _isBusy, true);
        try
        {
            // What the item leaves behind goes with it; within another's piece of work, it does not see that one's either.
            CleanContext.Run(static item => ((WorkItem)item!).Run(), item);
        }
        catch (Exception exception)
        {
            Failures.Add(exception);
        }

        Volatile.Write(ref _isBusy, isWithin);
        TellStep(chosen, count);
        return true;
    }

    [SuppressMessage("Design", "CA1031", Justification = "Whatever is thrown is kept for the test.")]
    private void TellStep(int chosen, int count)
    {
        try
        {
            Stepped?.Invoke(chosen, count);
        }
        catch (Exception exception)
        {
            Failures.Add(exception);
        }
    }

    private int FirstCall()
    {
        int first = -1;
        for (int i = _next; i < _runnable.Count; i++)
        {
            if (_runnable[i].Call != 0 && (first < 0 || _runnable[i].Call < _runnable[first].Call))
            {
                first = i;
            }
        }

        return first;
    }

    /// <summary>Serves who asked first, if there is rest.</summary>
    [SuppressMessage("Design", "CA1031", Justification = "Whatever is thrown is kept for the test.")]
    private bool TryServeRequest()
    {
        // In this order: what runs outside adds what it makes runnable before it ends.
        _time.NoteTickWaits();
        if (Outside != 0 || !_arrived.IsEmpty)
        {
            return false;
        }

        // Code that the broker has called asks first: everybody else waits for it, too.
        Queue<RestRequest> requests;
        RestRequest? request;
        lock (_gate)
        {
            requests = _innerRequests.Count > 0 ? _innerRequests : _requests;
            if (!requests.TryPeek(out request))
            {
                return false;
            }
        }

        if (!IsRestElsewhere())
        {
            return false;
        }

        try
        {
            if (request.TargetFrom(_time.GetTimestamp()) is { } target && _time.TryFireNext(target))
            {
                Volatile.Write(ref _steps, _steps + 1);
                return true;
            }
        }
        catch (Exception exception)
        {
            Failures.Add(exception);
            return true;
        }

        _time.MoveTo(request.TargetFrom(_time.GetTimestamp()) ?? 0);
        lock (_gate)
        {
            requests.Dequeue();
        }

        request.Complete();
        return true;
    }

    /// <summary>Tells whether code that a test has started neither executes on the thread pool nor has anything to run there.</summary>
    private bool IsRestElsewhere() => !Follows || (!Threads.AnyRuns && _pool.IsQuietSince(Steps + Threads.Entries, HasInHand()));
}
