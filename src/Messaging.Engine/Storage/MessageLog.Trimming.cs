namespace Messaging.Storage;

/// <content>What all readers have left behind is dropped.</content>
internal sealed partial class MessageLog
{
    // Written under _gate, read by readers without it: the place that all of them must reach before a look at all is worth it,
    // and how many are still behind it; fewer only cost a look.
    private long _goal;
    private int _behind;

    /// <summary>Notes that a reader's floor has moved, and trims when the last reader has reached the goal.</summary>
    /// <remarks>So a look at all readers is made once for all of them, not by each. The reader has shown its floor and left its
    /// own lock since, which is a fence: either it sees a new goal, or who sets the goal sees the floor.</remarks>
    public void OnFloor(ILogReader reader, bool exact)
    {
        long goal = Volatile.Read(ref _goal);
        long floor = reader.Floor;
        if (exact)
        {
            TrimNow();
        }
        else if (floor >= goal && reader.PassedFloor < goal)
        {
            reader.PassedFloor = floor;
            if (Interlocked.Decrement(ref _behind) <= 0)
            {
                TrimNow();
            }
        }
    }

    /// <summary>Notes that a reader has settled messages for good, so that they may be trimmed and leave the bound. Called without a lock.</summary>
    public void OnSettled(ILogReader reader, long count, bool exact)
    {
        OnFloor(reader, exact);
        Bound?.OnSettled(count);
    }

    private void TrimNow()
    {
        long moved = 0;
        lock (_gate)
        {
            do
            {
                moved += TrimLocked(LowestFloorLocked());
            }
            while (SetGoalLocked() <= 0 && LowestFloorLocked() > _floor);
        }

        if (moved > 0)
        {
            Bound?.OnTrimmed(moved);
        }
    }

    private long LowestFloorLocked()
    {
        long floor = _tail.End;
        foreach (ILogReader reader in _readers)
        {
            floor = Math.Min(floor, reader.Floor);
        }

        return floor;
    }

    private long TrimLocked(long floor)
    {
        long moved = floor - _floor;
        if (moved <= 0)
        {
            return 0;
        }

        Volatile.Write(ref _floor, floor);
        if (floor > _tail.Start)
        {
            DropTail(floor, release: Writer is null && !ReadBelowFloor);
        }

        return moved;
    }

    /// <summary>Sets the goal: some way ahead, but not beyond what is there, so that readers who have read all have reached it.</summary>
    /// <returns>How many readers are behind it; none or fewer when some have reached it meanwhile.</returns>
    private int SetGoalLocked()
    {
        long end = _tail.End;
        long goal = end > _floor ? Math.Min(_floor + TrimStep, end) : _floor + 1;

        // A reader that reaches the new goal from here on subtracts itself, whether it was counted or not.
        Volatile.Write(ref _behind, 0);
        Volatile.Write(ref _goal, goal);
        Interlocked.MemoryBarrier();
        int behind = 0;
        foreach (ILogReader reader in _readers)
        {
            behind += reader.Floor < goal ? 1 : 0;
        }

        return Interlocked.Add(ref _behind, behind);
    }
}
