namespace Messaging.Logs;

/// <summary>The first number that a reader of a log still needs, and the goal: the number that all readers must reach before reading all of them is
/// worth it, with how many are still behind it.</summary>
/// <remarks>Moved and set under the log's lock, read without it. Fewer behind than there are only cost a reading of all.</remarks>
internal sealed class LogFloor(long first)
{
    private long _value = first;
    private long _goal = first + 1;
    private int _behind;

    public long Value => Volatile.Read(ref _value);

    /// <summary>Gets or sets the distance by which the floor must have moved to be worth a trim.</summary>
    public int Step { get; set; } = 64;

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

    /// <summary>Brings floor and goal back to a reader that was attached behind them.</summary>
    public void Lower(long heldFrom)
    {
        _value = Math.Min(_value, heldFrom);
        _goal = Math.Min(_goal, heldFrom + 1);
        _behind = 0;
    }

    /// <summary>Moves the floor to the end of a log that holds nothing, as a record passes by.</summary>
    public void Follow(long end) => _value = end;

    /// <summary>Moves the floor up to what the readers hold, and sets the goal: some way ahead, but not beyond what is there, so that readers who have read all
    /// have reached it.</summary>
    /// <returns>By how much the floor moved; 0 if it was there already.</returns>
    public long Advance(LogReaders readers, long end)
    {
        long before = _value;
        int behind;
        do
        {
            Volatile.Write(ref _value, Math.Max(_value, readers.HeldFrom(end)));
            long goal = end > _value ? Math.Min(_value + Step, end) : _value + 1;

            // A reader that reaches the new goal from here on subtracts itself, whether it was counted or not.
            Volatile.Write(ref _behind, 0);
            Volatile.Write(ref _goal, goal);
            Interlocked.MemoryBarrier();
            behind = 0;
            foreach (LogReader reader in readers.All)
            {
                behind += reader.HeldFrom < goal ? 1 : 0;
            }
        }
        while (Interlocked.Add(ref _behind, behind) <= 0 && readers.HeldFrom(end) > _value); // Some have reached it meanwhile.

        return _value - before;
    }
}
