using Messaging.Logs;

namespace Messaging.Calls;

/// <summary>A caller that waits for a commit.</summary>
internal interface IPendingCall
{
    /// <summary>Confirms it, after the commit.</summary>
    /// <param name="appends">The records that were committed together, with their numbers.</param>
    void Succeed(ReadOnlySpan<PendingAppend> appends);

    /// <summary>Tells it that the commit failed.</summary>
    /// <param name="appends">The records that were not committed, or perhaps were.</param>
    /// <param name="exception">What the store said.</param>
    void Fail(ReadOnlySpan<PendingAppend> appends, Exception exception);
}
