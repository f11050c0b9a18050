namespace Messaging.Logs;

/// <summary>The number that all readers of a log must reach before reading all of them is worth it, and how many are still behind it.</summary>
/// <remarks>Set under the log's lock, read by readers without it. Fewer behind than there are only cost a reading of all.</remarks>
internal sealed class TrimGoal(long goal)
{
    private long _goal = goal;
    private int _behind;

    /// <summary>Notes that a reader holds less of the log.</summary>
    /// <returns>Whether it was the last one to reach the goal.</returns>
    public bool IsPassedBy(LogReader reader)
    {
        long goal = Volatile.Read(ref _goal);
        long held = reader.HeldFrom;
        if (held < goal || reader.PassedFrom >= goal)
        {
            return false;
        }

        reader.PassedFrom = held;
        return Interlocked.Decrement(ref _behind) <= 0;
    }

    /// <summary>Brings the goal back to a reader that was attached behind it. Called under the log's lock.</summary>
    public void Lower(long goal)
    {
        _goal = Math.Min(_goal, goal);
        _behind = 0;
    }

    /// <summary>Sets the goal: some way ahead, but not beyond what is there, so that readers who have read all have reached it. Called under the log's lock.</summary>
    /// <returns>How many readers are behind it; none or fewer when some have reached it meanwhile.</returns>
    public int Set(long floor, long end, int step, LogReaders readers)
    {
        long goal = end > floor ? Math.Min(floor + step, end) : floor + 1;

        // A reader that reaches the new goal from here on subtracts itself, whether it was counted or not.
        Volatile.Write(ref _behind, 0);
        Volatile.Write(ref _goal, goal);
        Interlocked.MemoryBarrier();
        int behind = 0;
        foreach (LogReader reader in readers.All)
        {
            behind += reader.HeldFrom < goal ? 1 : 0;
        }

        return Interlocked.Add(ref _behind, behind);
    }
}
