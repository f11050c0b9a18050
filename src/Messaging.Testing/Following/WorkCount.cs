using Messaging.Diagnostics;

namespace Messaging.Testing.Following;

/// <summary>What a broker under test is at: the piece of work that its queue does, and the pieces that run outside of the queue.</summary>
/// <remarks>The thread that drains the queue says what it does. All else is counted without a lock, since it comes from under the engine's.</remarks>
internal sealed class WorkCount
{
    private readonly Action _changed;

    // Written by the draining thread only.
    private SynchronizationContext? _context;
    private bool _isBusy;
    private long _steps;

    // Counted by anyone.
    private long _outside;
    private long _strays;

    /// <param name="changed">Called when nothing runs outside any more.</param>
    public WorkCount(Action changed)
    {
        _changed = changed;
        Threads = new FollowedThreads(changed);
    }

    /// <summary>Gets the threads of the pool that execute code which a test has started.</summary>
    public FollowedThreads Threads { get; }

    /// <summary>Gets or sets the user code of the broker that is open.</summary>
    public LiveActivities? Activities { get; set; }

    /// <summary>Gets or sets the thread that drains the queue; 0 for none. Set by that thread only.</summary>
    public int DrainedBy { get; set; }

    /// <summary>Gets how many pieces of work were done so far.</summary>
    public long Steps => Volatile.Read(ref _steps);

    /// <summary>Gets a value indicating whether a piece of work is being done in the queue.</summary>
    public bool IsBusy => Volatile.Read(ref _isBusy);

    /// <summary>Gets how many pieces run elsewhere: handlers that do not wait for virtual time, and calls of the store.</summary>
    public long Outside => Interlocked.Read(ref _outside);

    /// <summary>Gets how many pieces came from another thread while the queue was drained: a simulation, which has one thread, has none.</summary>
    public long Strays => Interlocked.Read(ref _strays);

    /// <summary>Gets a value indicating whether the caller is on the thread that drains the queue.</summary>
    public bool IsHere => SynchronizationContext.Current == _context && DrainedBy == Environment.CurrentManagedThreadId;

    /// <summary>Counts a piece that runs outside of the queue.</summary>
    public void Begin() => Interlocked.Increment(ref _outside);

    /// <summary>Ends a piece that runs outside. What it has made runnable is in the queue by now.</summary>
    public void End()
    {
        if (Interlocked.Decrement(ref _outside) == 0)
        {
            _changed();
        }
    }

    /// <summary>Waits for a time, or an end, in a piece that is counted, and that does not run meanwhile.</summary>
    public async ValueTask DelayAsync(TimeSpan by, TimeProvider time, CancellationToken ended)
    {
        Task delay = Task.Delay(by, time, ended);
        End();
        await delay.ConfigureAwait(WorkContext.With(ConfigureAwaitOptions.SuppressThrowing));
        Begin();
    }

    /// <summary>Notes that a piece has come, from whatever thread.</summary>
    public void NoteArrival()
    {
        if (DrainedBy is not 0 and var here && here != Environment.CurrentManagedThreadId)
        {
            Interlocked.Increment(ref _strays);
        }
    }

    /// <summary>Notes that the caller's thread drains the queue from now on, in a context.</summary>
    public void BeginDraining(SynchronizationContext context)
    {
        _context = context;
        DrainedBy = Environment.CurrentManagedThreadId;
    }

    /// <summary>Counts a piece of work that the queue begins.</summary>
    /// <returns>Whether it begins within another one, whose handler takes a message without waiting. It is given back at the end.</returns>
    public bool BeginPiece()
    {
        CountStep();
        bool isWithin = _isBusy;
        Volatile.Write(ref _isBusy, true);
        return isWithin;
    }

    /// <summary>Notes that the queue has done a piece of work.</summary>
    public void EndPiece(bool isWithin) => Volatile.Write(ref _isBusy, isWithin);

    /// <summary>Counts what was done without a piece of work in the queue.</summary>
    public void CountStep() => Volatile.Write(ref _steps, _steps + 1);
}
