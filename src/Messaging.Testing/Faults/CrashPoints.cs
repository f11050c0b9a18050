using Messaging.Diagnostics;

namespace Messaging.Testing.Faults;

/// <summary>The places at which a broker under test can crash, by <see cref="FaultPlan.CrashAt"/>.</summary>
/// <remarks>What was in the store before such a place is found after reopening, what would have come after it is not.</remarks>
public static class CrashPoints
{
    /// <summary>A message waits for its commit.</summary>
    public const string AppendQueued = CrashPoint.AppendQueued;

    /// <summary>A commit is about to be handed to the store.</summary>
    public const string CommitBegins = CrashPoint.CommitBegins;

    /// <summary>The store has made a commit, and nobody knows of it yet.</summary>
    public const string CommitReturned = CrashPoint.CommitReturned;

    /// <summary>What was committed is in its queues and topics, and nobody was told.</summary>
    public const string Published = CrashPoint.Published;

    /// <summary>Those who wait for a commit were told.</summary>
    public const string Confirmed = CrashPoint.Confirmed;

    /// <summary>The state of a subscription is being written for a commit.</summary>
    public const string StateEncoded = CrashPoint.StateEncoded;

    /// <summary>A dead letter leaves its queue or subscription in a commit that is being put together.</summary>
    public const string DeadLetterMoves = CrashPoint.DeadLetterMoves;

    /// <summary>A dead letter was purged in memory, and not in the store yet.</summary>
    public const string DeadLetterPurged = CrashPoint.DeadLetterPurged;

    /// <summary>A scheduled message is due, in a commit that is being put together.</summary>
    public const string ScheduleDue = CrashPoint.ScheduleDue;

    /// <summary>A queue, topic or subscription waits for the commit that declares it.</summary>
    public const string EntryDeclared = CrashPoint.EntryDeclared;

    /// <summary>A subscription waits for the commit that deletes it.</summary>
    public const string EntryRemoved = CrashPoint.EntryRemoved;

    /// <summary>Gets all of them.</summary>
    public static IReadOnlyList<string> All { get; } =
    [
        AppendQueued, CommitBegins, CommitReturned, Published, Confirmed, StateEncoded, DeadLetterMoves, DeadLetterPurged, ScheduleDue,
        EntryDeclared, EntryRemoved,
    ];
}
