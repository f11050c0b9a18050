namespace Messaging.Sqlite.Sessions;

/// <summary>The turns that commits and the steps of a copy take: the writer's lock alone would let the one starve the other.</summary>
internal sealed class WriterTurns
{
    private int _waiting;
    private long _committed;
    private bool _stepIsNext;

    /// <summary>Announces a commit, and lets a step that waits for the lock go before it.</summary>
    public void AnnounceCommit()
    {
        Interlocked.Increment(ref _waiting);
        var spinner = default(SpinWait);
        while (Volatile.Read(ref _stepIsNext))
        {
            spinner.SpinOnce(sleep1Threshold: -1);
        }
    }

    /// <summary>Takes the turn of a commit; the caller has the lock.</summary>
    public void TakeCommit()
    {
        Interlocked.Decrement(ref _waiting);
        Volatile.Write(ref _committed, _committed + 1);
    }

    /// <summary>Announces a step of a copy.</summary>
    public void AnnounceStep() => Volatile.Write(ref _stepIsNext, true);

    /// <summary>Takes the turn of a step, and returns how many commits there were; the caller has the lock.</summary>
    public long TakeStep()
    {
        Volatile.Write(ref _stepIsNext, false);
        return _committed;
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
