using Messaging.Cursors;
using Messaging.Storage;

namespace Messaging.Dispatch;

/// <summary>A message in the hands of a subscription: where it is, what it holds, and how often it was handed over and failed.</summary>
internal readonly struct Buffered(LogCursor cursor, long sequence, in Record record, int attempts, int failures)
{
    public readonly LogCursor Cursor = cursor;
    public readonly long Sequence = sequence;
    public readonly Record Record = record;
    public readonly int Attempts = attempts;
    public readonly int Failures = failures;

    /// <summary>Counts one more hand-over.</summary>
    public Buffered HandedOver() => new(Cursor, Sequence, Record, Attempts + 1, Failures);

    /// <summary>Takes back the count of a hand-over that was not made.</summary>
    public Buffered NotHandedOver() => new(Cursor, Sequence, Record, Attempts - 1, Failures);

    public Buffered With(in Record record) => new(Cursor, Sequence, record, Attempts, Failures);
}
