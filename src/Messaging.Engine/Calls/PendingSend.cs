using Messaging.Logs;
using Messaging.Records;

namespace Messaging.Calls;

/// <summary>A sender that waits for the commit of its message, or of its batch.</summary>
internal sealed class PendingSend : PendingCall<Receipt>
{
    private MessageOrigin _origin;
    private MessageLog? _log;
    private MessageId? _id;
    private int _append;

    /// <summary>Says what is being sent.</summary>
    /// <param name="origin">Where the messages of this opening come from: their ids follow from it and their places.</param>
    /// <param name="log">The log of the message.</param>
    /// <param name="id">The id that the sender gave, if it did.</param>
    /// <param name="append">The index of the message in the group, or of the first one of a batch; -1 for none.</param>
    public void Begin(MessageOrigin origin, MessageLog log, MessageId? id, int append)
    {
        _origin = origin;
        _log = log;
        _id = id;
        _append = append;
    }

    public override void Succeed(ReadOnlySpan<PendingAppend> appends)
    {
        long sequence = SequenceIn(appends);
        SetResult(new Receipt(IdOf(sequence), sequence, _log!.Durability, IsDuplicate: false));
    }

    public override void Fail(ReadOnlySpan<PendingAppend> appends, Exception exception)
    {
        bool unknown = exception is StoreOutcomeUnknownException && SequenceIn(appends) > 0;
        base.Fail(appends, unknown ? UnknownOutcome.Of(exception, [IdOf(SequenceIn(appends))]) : exception);
    }

    private long SequenceIn(ReadOnlySpan<PendingAppend> appends) => _append < 0 ? 0 : appends[_append].Sequence;

    private MessageId IdOf(long sequence) => _id ?? _origin.IdOf(_log!.Id, sequence);

    protected override void Forget()
    {
        _log = null;
        _id = null;
    }
}
