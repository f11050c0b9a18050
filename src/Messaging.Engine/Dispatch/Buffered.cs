using Messaging.Cursors;
using Messaging.Records;

namespace Messaging.Dispatch;

/// <summary>A message in the hands of a subscription: where it is, what it holds, and how often it was handed over and failed.</summary>
/// <remarks>Four references on the way to a consumer, each copy of which costs: the slot of its lease is filled in place.</remarks>
internal struct Buffered(LogCursor cursor, long sequence, in Record record, int attempts, int failures)
{
    public LogCursor Cursor = cursor;
    public long Sequence = sequence;
    public Record Record = record;
    public int Attempts = attempts;
    public int Failures = failures;

    /// <summary>Gets the cursor whose state the store must know before the message is handled; <see langword="null"/> for none.</summary>
    public readonly LogCursor? ToMark => Sequence < Cursor.MarkBelow ? Cursor : null;

    /// <summary>Takes back the count of a hand-over that was not made.</summary>
    public readonly Buffered NotHandedOver() => new(Cursor, Sequence, Record, Attempts - 1, Failures);

    public readonly Buffered With(in Record record) => new(Cursor, Sequence, record, Attempts, Failures);
}
