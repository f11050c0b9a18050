using Messaging.Logs;

namespace Messaging.Writing;

/// <summary>A sender that waits for the commit of its message, or of its batch.</summary>
internal sealed class PendingSend : PendingCall<Receipt>
{
    private StoreWriter? _writer;
    private MessageLog? _log;
    private MessageId? _id;
    private int _append;

    /// <summary>Says what is being sent.</summary>
    /// <param name="writer">The writer, which knows the ids that follow from places.</param>
    /// <param name="log">The log of the message.</param>
    /// <param name="id">The id that the sender gave, if it did.</param>
    /// <param name="append">The index of the message in the group, or of the first one of a batch; -1 for none.</param>
    public void Begin(StoreWriter writer, MessageLog log, MessageId? id, int append)
    {
        _writer = writer;
        _log = log;
        _id = id;
        _append = append;
    }

    public override void Succeed(CommitGroup group)
    {
        long sequence = SequenceIn(group);
        SetResult(new Receipt(IdOf(sequence), sequence, _log!.Durability, IsDuplicate: false));
    }

    public override void Fail(CommitGroup group, Exception exception)
    {
        bool unknown = exception is StoreOutcomeUnknownException && SequenceIn(group) > 0;
        base.Fail(group, unknown ? UnknownOutcome.Of(exception, [IdOf(SequenceIn(group))]) : exception);
    }

    private long SequenceIn(CommitGroup group) => _append < 0 ? 0 : group.Appends[_append].Sequence;

    private MessageId IdOf(long sequence) => _id ?? _writer!.Origin.IdOf(_log!.Id, sequence);

    protected override void Forget()
    {
        _writer = null;
        _log = null;
        _id = null;
    }
}
