namespace Messaging.Storage;

/// <summary>One caller's appends in a commit group.</summary>
internal readonly record struct PendingSend(CommitGroup Group, int Index)
{
    /// <summary>Gets the number that the commit gave; valid when the group is complete.</summary>
    public long SequenceAt(int offset) => Group.Appends[Index + offset].Sequence;
}
