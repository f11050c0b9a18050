using Messaging.Diagnostics;
using Messaging.Records;
using Messaging.Scheduling;
using Messaging.Storage;

namespace Messaging.Commits;

/// <summary>What the store knows of the clocks: a step of the wall clock is noted for good, since all that waits for its time depends on it. Used by the writer's thread only.</summary>
internal sealed class CommitClock(BrokerClock clock, Durability maxDurability)
{
    // What the store knows, and what it knows if this commit is made.
    private long _storedOffset = clock.WallOffset;
    private long _composedOffset;

    /// <summary>Adds a step of the wall clock since the last commit.</summary>
    public void AddTo(StoreCommit commit)
    {
        _composedOffset = clock.LookAtWall(isExact: commit.Closing);
        if (_composedOffset == _storedOffset || SeededBugs.Is(SeededBug.ForgetWallStep))
        {
            return;
        }

        commit.Cursors.Add(ClockNote.Write(_composedOffset));
        if (!commit.Closing && commit.Durability < maxDurability)
        {
            commit.Durability = maxDurability;
        }
    }

    /// <summary>Notes that the commit was made.</summary>
    public void OnCommitted() => _storedOffset = _composedOffset;
}
