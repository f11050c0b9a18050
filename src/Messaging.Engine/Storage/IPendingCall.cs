namespace Messaging.Storage;

/// <summary>A caller that waits for a commit.</summary>
internal interface IPendingCall
{
    /// <summary>Confirms it, after the commit.</summary>
    /// <param name="group">The group that was committed.</param>
    void Succeed(CommitGroup group);

    /// <summary>Tells it that the commit failed.</summary>
    void Fail(Exception exception);
}
