namespace Messaging.Writing;

/// <summary>A caller that waits for a commit.</summary>
internal interface IPendingCall
{
    /// <summary>Confirms it, after the commit.</summary>
    /// <param name="group">The group that was committed.</param>
    void Succeed(CommitGroup group);

    /// <summary>Tells it that the commit failed.</summary>
    /// <param name="group">The group that was not committed, or perhaps was.</param>
    /// <param name="exception">What the store said.</param>
    void Fail(CommitGroup group, Exception exception);
}
