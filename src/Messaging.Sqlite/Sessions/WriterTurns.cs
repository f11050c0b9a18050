namespace Messaging.Sqlite.Sessions;

/// <summary>The writer's lock, and the turns that commits and the steps of a copy take in it: the lock alone would let the one starve the other.</summary>
internal sealed class WriterTurns
{
    private int _waiting;
    private long _committed;
    private bool _stepIsNext;

    public Lock Lock { get; } = new();

    /// <summary>Enters the lock for a commit, and lets a step that waits for it go before.</summary>
    public Lock.Scope EnterCommit()
    {
        Interlocked.Increment(ref _waiting);
        var spinner = default(SpinWait);
        while (Volatile.Read(ref _stepIsNext))
        {
            spinner.SpinOnce(sleep1Threshold: -1);
        }

        Lock.Scope entered = Lock.EnterScope();
        Interlocked.Decrement(ref _waiting);
        Volatile.Write(ref _committed, _committed + 1);
        return entered;
    }

    /// <summary>Enters the lock for a step of a copy.</summary>
    /// <param name="committed">Receives how many commits there were.</param>
    public Lock.Scope EnterStep(out long committed)
    {
        Volatile.Write(ref _stepIsNext, true);
        Lock.Scope entered = Lock.EnterScope();
        Volatile.Write(ref _stepIsNext, false);
        committed = _committed;
        return entered;
    }

    /// <summary>Lets one commit go before the next step, if one is waiting.</summary>
    /// <param name="before">How many commits there were at the last step.</param>
    public void LetCommitGo(long before)
    {
        var spinner = default(SpinWait);
        while (Volatile.Read(ref _waiting) > 0 && Volatile.Read(ref _committed) == before)
        {
            spinner.SpinOnce(sleep1Threshold: -1);
        }
    }
}
