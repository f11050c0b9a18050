namespace Messaging.Diagnostics;

/// <summary>Where the engine runs what it does on its own account, and the number of pieces of that which could run now: commits,
/// backlog reads and timer callbacks.</summary>
internal abstract class WorkQueue
{
    /// <summary>Gets a value indicating whether everything runs in one place, one after the other: then there is no thread beside it.</summary>
    public virtual bool IsSerial => false;

    /// <summary>Counts a piece of work. May be called under a lock.</summary>
    public abstract void Enter();

    /// <summary>Ends a piece of work.</summary>
    public abstract void Exit();

    /// <summary>Runs work soon, never on this call. May be called under a lock. It is counted by the caller.</summary>
    public abstract void Run(Action work);

    /// <summary>Counts work and runs it soon, never on this call. May be called under a lock.</summary>
    public void RunCounted(Action work)
    {
        Enter();
        Run(() =>
        {
            try
            {
                work();
            }
            finally
            {
                Exit();
            }
        });
    }

    /// <summary>Waits for what the engine does elsewhere, and runs it meanwhile if it would run here.</summary>
    public virtual T Wait<T>(ValueTask<T> task) => task.IsCompleted ? task.Result : task.AsTask().GetAwaiter().GetResult();

    /// <summary>Gets the wait of a consumer or a worker's loop for messages, all of which are woken at once. A test may let each of them go on
    /// later: in which order they do, and what happens before, is nobody's promise.</summary>
    public virtual ValueTask<bool> Wake(ValueTask<bool> waiting) => waiting;

    /// <summary>Completes when the number has been zero.</summary>
    public abstract Task WhenIdleAsync();
}
