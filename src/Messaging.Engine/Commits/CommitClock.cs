using Messaging.Diagnostics;
using Messaging.Records;
using Messaging.Scheduling;
using Messaging.Storage;

namespace Messaging.Commits;

/// <summary>What the store knows of the clocks: a step of the wall clock is noted for good, since all that waits for its time depends on it. Used by the writer's thread only.</summary>
internal sealed class CommitClock(BrokerClock clock, Durability maxDurability)
{
    // What the store knows if this commit is made, and what it knew before.
    private long _storedOffset = clock.WallOffset;
    private long _offsetBefore;

    /// <summary>Adds a step of the wall clock since the last commit.</summary>
    public void AddTo(StoreCommit commit)
    {
        _offsetBefore = _storedOffset;
        _storedOffset = clock.LookAtWall(isExact: commit.Closing);
        if (_storedOffset == _offsetBefore || SeededBugs.Is(SeededBug.ForgetWallStep))
        {
            return;
        }

        commit.Cursors.Add(ClockNote.Write(_storedOffset));
        if (!commit.Closing && commit.Durability < maxDurability)
        {
            commit.Durability = maxDurability;
        }
    }

    /// <summary>Takes back what the store was to be told, after it has refused the commit for certain.</summary>
    public void TakeBack() => _storedOffset = _offsetBefore;
}
