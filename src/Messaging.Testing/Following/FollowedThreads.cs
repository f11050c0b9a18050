namespace Messaging.Testing.Following;

/// <summary>The threads of the pool that execute code which a test has started. One wait of that code must not hide what another part of it does.</summary>
/// <remarks>The runtime tells of each change of context on a thread, so this is known and not guessed. A thread that blocks itself does not count:
/// what it waits for may be the broker or virtual time.</remarks>
/// <param name="none">Called when the last of them has left.</param>
internal sealed class FollowedThreads(Action none)
{
    [ThreadStatic]
    private static Activity? _entered;

    private readonly Lock _gate = new();

    // Guarded by _gate.
    private readonly Dictionary<Thread, FollowedCode> _threads = [];
    private long _entries;

    /// <summary>Gets how often a thread has begun to execute such code.</summary>
    public long Entries => Interlocked.Read(ref _entries);

    /// <summary>Gets a value indicating whether one of them runs.</summary>
    public bool AnyRuns
    {
        get
        {
            lock (_gate)
            {
                foreach ((Thread thread, FollowedCode code) in _threads)
                {
                    if (!code.IsAbandoned && (thread.ThreadState & ThreadState.WaitSleepJoin) == 0)
                    {
                        return true;
                    }
                }

                return false;
            }
        }
    }

    /// <summary>Notes that another activity is the current one of this thread.</summary>
    public static void NoteChange(AsyncLocalValueChangedArgs<Activity?> change)
    {
        // A thread of its own may have inherited the context, and keep it for ever.
        if (_entered == change.CurrentValue || !Thread.CurrentThread.IsThreadPoolThread)
        {
            return;
        }

        Activity? left = _entered;
        _entered = change.CurrentValue;
        if (left?.Code == _entered?.Code)
        {
            return;
        }

        if (left?.Code is not null)
        {
            left.Threads.Leave();
        }

        if (_entered?.Code is { } code)
        {
            code.Threads.Enter(code);
        }
    }

    private void Enter(FollowedCode code)
    {
        lock (_gate)
        {
            _entries++;
            _threads[Thread.CurrentThread] = code;
        }
    }

    private void Leave()
    {
        bool isLast;
        lock (_gate)
        {
            _threads.Remove(Thread.CurrentThread);
            isLast = _threads.Count == 0;
        }

        if (isLast)
        {
            none();
        }
    }
}
