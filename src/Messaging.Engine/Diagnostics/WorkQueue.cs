namespace Messaging.Diagnostics;

/// <summary>Where the engine runs what it does on its own account: commits, backlog reads and timer callbacks; and what knows when nothing of that could
/// run now.</summary>
internal abstract class WorkQueue
{
    /// <summary>Gets a value indicating whether everything runs in one place, one after the other: then there is no thread beside it.</summary>
    public virtual bool IsSerial => false;

    /// <summary>Announces a piece of work that could run now. May be called under a lock. A queue through which all of it passes has nothing to note.</summary>
    public virtual void Enter()
    {
    }

    /// <summary>Ends a piece of work that was announced.</summary>
    public virtual void Exit()
    {
    }

    /// <summary>Runs work soon, never on this call. May be called under a lock. The caller announces it.</summary>
    public abstract void Run(Action work);

    /// <summary>Announces work and runs it soon, never on this call. May be called under a lock.</summary>
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

    /// <summary>Completes when nothing could run at some moment since.</summary>
    public abstract Task WhenIdleAsync();
}
