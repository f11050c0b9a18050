using Messaging.Consumers;
using Messaging.Records;

namespace Messaging.DeadLetters;

/// <summary>A dead letter with its record.</summary>
internal sealed class StoredDeadLetter(Record record, RecordHead head, IMessageSerializer serializer) : DeadLetter
{
    public override T ReadBody<T>() => BodyReader.Read<T>(record, head.Body, serializer);

    /// <summary>Gets the record as it is redriven: with its id and headers, without its story, and as young as if it were sent now.</summary>
    public Record WithoutNote(long now)
    {
        MessageExtras extras = head.Extras! with { Dead = null, Destination = Destination, AgesFrom = now };
        return record.IsEncoded ? new Record(RecordCodec.Rewrite(head, extras)) : new Record(record.Body, record.SentAt, extras);
    }
}
