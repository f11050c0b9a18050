using System.Diagnostics.CodeAnalysis;
using Messaging.Diagnostics;
using Messaging.Testing.Following;

namespace Messaging.Testing.Running;

/// <summary>The one place in which a broker under test runs: a queue of what is runnable, taken in the order of its coming or by the choice of a seed.</summary>
/// <remarks>
/// Everything that could run now is either in the queue or counted as running outside of it, so "at rest" is a fact and no guess. Virtual time
/// moves only at rest. One thread at a time drains the queue: a thread of its own, or the caller of <see cref="Drain"/>. Work arrives without
/// a lock, since it comes from under the engine's.
/// </remarks>
internal sealed class SerialWork : WorkQueue, IDisposable
{
    private readonly VirtualTime _time;
    private readonly RunQueue _queue;
    private readonly RestQueue _rest = new();
    private readonly SerialThread _thread;
    private volatile bool _halted;

    public SerialWork(VirtualTime time, int? seed)
    {
        _time = time;
        _queue = new RunQueue(seed);
        _thread = new SerialThread(Drain, () => _queue.HasArrivals);
        Context = new SerialContext(this);
        Count = new WorkCount(_thread.Wake);
        Pool = new QuietPool(Count, _thread.Wake);
    }

    public override bool IsSerial => true;

    public SerialContext Context { get; }

    /// <summary>Gets what is being done, in the queue and outside of it.</summary>
    public WorkCount Count { get; }

    /// <summary>Gets what knows whether code that a test has started has anything to run on the thread pool.</summary>
    public QuietPool Pool { get; }

    /// <summary>Gets what was thrown where nobody else would hear of it.</summary>
    public FailureList Failures { get; } = new();

    /// <summary>Gets or sets what is told after each piece of work which one it was of those that could have run, from 0, and how many these were.</summary>
    public Action<int, int>? Stepped { get; set; }

    /// <summary>Gets or sets what gives the queue something to do while a blocking call waits and nothing is runnable; it says whether it has.</summary>
    public Func<bool>? AtRest { get; set; }

    /// <summary>Gets or sets what lets consumers and workers' loops that are woken go on, each in its time; <see langword="null"/> for all at once.</summary>
    public Func<ValueTask<bool>, ValueTask<bool>>? Waking { get; set; }

    public override void Run(Action work) => Add(new WorkItem(static state => ((Action)state!)(), work));

    /// <summary>Runs a call from outside, in its caller's execution context as any call does. Calls keep their order, whatever the seed.</summary>
    public void AddCall(Action call)
    {
        Action run = ExecutionContext.Capture() is { } context ? () => ExecutionContext.Run(context, static call => ((Action)call!)(), call) : call;
        Add(new WorkItem(static state => ((Action)state!)(), run, _queue.NextCall()));
    }

    public void Add(WorkItem item)
    {
        Count.NoteArrival();
        _queue.Add(item);
        _thread.WakeForWork();
    }

    /// <summary>Asks for rest, and then for the clock to be moved, with rest after each timer on the way.</summary>
    public void Add(RestRequest request)
    {
        _rest.Add(request);
        _thread.Wake();
    }

    public override T Wait<T>(ValueTask<T> task)
    {
        if (!Count.IsHere || task.IsCompleted)
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

    public override ValueTask<bool> Wake(ValueTask<bool> waiting) => Waking is { } waking && !waiting.IsCompleted ? waking(waiting) : waiting;

    public override Task WhenIdleAsync()
    {
        var request = new RestRequest(Count.Steps, target: null, isRelative: false);
        Add(request);
        return request.Task;
    }

    /// <summary>Starts a thread that drains the queue.</summary>
    public void Start() => _thread.Start();

    /// <summary>Runs all that is runnable, and what is asked for at rest, on the caller's thread, until there is nothing left but to wait for others.</summary>
    /// <returns>Whether code outside of the queue may begin to wait without anybody being told.</returns>
    public bool Drain()
    {
        SynchronizationContext? before = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(Context);
        int drainedBy = Count.DrainedBy;
        Count.BeginDraining(Context);
        try
        {
            while (!_halted && (TryRunOne() || (!_thread.IsStopped && TryServeRequest())))
            {
            }
        }
        finally
        {
            Count.DrainedBy = drainedBy;
            SynchronizationContext.SetSynchronizationContext(before);
        }

        return (_time.HasTicks && Count.Outside != 0) || Count.Threads.AnyRuns;
    }

    /// <summary>Runs nothing more, whatever is there. For a simulation that would not end.</summary>
    public void Halt() => _halted = true;

    /// <summary>Ends the thread. Virtual time stands still from now on; what is called all the same still runs, so that nobody waits for ever.</summary>
    public void Dispose() => _thread.Dispose();

    [SuppressMessage("Design", "CA1031", Justification = "Whatever is thrown is kept for the test.")]
    private bool TryRunOne()
    {
        if (!_queue.TryTake(out WorkItem item, out (int Chosen, int Of) choice))
        {
            return false;
        }

        bool isWithin = Count.BeginPiece();
        try
        {
            // What the item leaves behind goes with it; within another's piece of work, it does not see that one's either.
            CleanContext.Run(static item => ((WorkItem)item!).Run(), item);
        }
        catch (Exception exception)
        {
            Failures.Add(exception);
        }

        Count.EndPiece(isWithin);
        TellStep(choice.Chosen, choice.Of);
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

    /// <summary>Serves who asked first, if there is rest: fires the next timer on the way to where the clock is to be, or moves it there and ends the request.</summary>
    [SuppressMessage("Design", "CA1031", Justification = "Whatever is thrown is kept for the test.")]
    private bool TryServeRequest()
    {
        // In this order: what runs outside adds what it makes runnable before it ends.
        _time.NoteTickWaits();
        if (Count.Outside != 0 || _queue.HasArrivals || _rest.First is not { } request || !Pool.IsQuiet)
        {
            return false;
        }

        long? target = request.TargetOn(_time);
        try
        {
            if (target is { } time && _time.TryFireNext(time))
            {
                Count.CountStep();
                return true;
            }
        }
        catch (Exception exception)
        {
            Failures.Add(exception);
            return true;
        }

        _time.MoveTo(target ?? 0);
        _rest.Remove(request);
        request.Complete();
        return true;
    }
}
