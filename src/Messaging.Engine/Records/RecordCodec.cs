using System.Buffers;
using System.Buffers.Binary;

namespace Messaging.Records;

/// <summary>The byte format of a record: flags, epoch, time of sending, then the time from which it ages, id, headers, dead-letter story and destination where present, then the body.</summary>
internal static class RecordCodec
{
    private const byte HasId = 1;
    private const byte HasHeaders = 2;
    private const byte HasDeadLetterNote = 4;
    private const byte HasDestination = 8;
    private const byte HasAgesFrom = 16;

    public static void WriteHead(IBufferWriter<byte> output, uint epoch, long sentAt, MessageExtras? extras)
    {
        int flags = extras is null ? 0 : FlagsOf(extras);
        Span<byte> head = output.GetSpan(13);
        head[0] = (byte)flags;
        BinaryPrimitives.WriteUInt32LittleEndian(head[1..], epoch);
        BinaryPrimitives.WriteInt64LittleEndian(head[5..], sentAt);
        output.Advance(13);
        if (extras is { AgesFrom: not 0 })
        {
            BinaryPrimitives.WriteInt64LittleEndian(output.GetSpan(8), extras.AgesFrom);
            output.Advance(8);
        }

        if (extras?.Id is { } id)
        {
            Span<byte> span = output.GetSpan(16);
            BinaryPrimitives.WriteUInt64LittleEndian(span, id.High);
            BinaryPrimitives.WriteUInt64LittleEndian(span[8..], id.Low);
            output.Advance(16);
        }

        if (extras?.Headers is { } headers)
        {
            VarInt.Write(output, (ulong)headers.Count);
            foreach ((string key, string value) in headers)
            {
                VarText.Write(output, key);
                VarText.Write(output, value);
            }
        }

        if (extras?.Dead is { } dead)
        {
            WriteNote(output, dead);
        }

        if (extras?.Destination is { } destination)
        {
            VarText.Write(output, destination);
        }
    }

    public static RecordHead ReadHead(ReadOnlyMemory<byte> payload)
    {
        ReadOnlySpan<byte> span = payload.Span;
        int flags = span[0];
        uint epoch = BinaryPrimitives.ReadUInt32LittleEndian(span[1..]);
        long sentAt = BinaryPrimitives.ReadInt64LittleEndian(span[5..]);
        int at = 13;
        if (flags == 0)
        {
            return new RecordHead(epoch, sentAt, null, payload[at..]);
        }

        long agesFrom = 0;
        if ((flags & HasAgesFrom) != 0)
        {
            agesFrom = BinaryPrimitives.ReadInt64LittleEndian(span[at..]);
            at += 8;
        }

        MessageId? id = null;
        if ((flags & HasId) != 0)
        {
            id = new MessageId(
                BinaryPrimitives.ReadUInt64LittleEndian(span[at..]), BinaryPrimitives.ReadUInt64LittleEndian(span[(at + 8)..]));
            at += 16;
        }

        MessageHeaders? headers = (flags & HasHeaders) != 0 ? ReadHeaders(span, ref at) : null;
        DeadLetterNote? dead = (flags & HasDeadLetterNote) != 0 ? ReadNote(span, ref at) : null;
        string? destination = (flags & HasDestination) != 0 ? VarText.Read(span, ref at) : null;
        var extras = new MessageExtras { Id = id, Headers = headers, Dead = dead, Destination = destination, AgesFrom = agesFrom };
        return new RecordHead(epoch, sentAt, extras, payload[at..]);
    }

    /// <summary>Reads only the time from which the message's age counts.</summary>
    public static long ReadAgesFrom(ReadOnlySpan<byte> payload) =>
        BinaryPrimitives.ReadInt64LittleEndian(payload[((payload[0] & HasAgesFrom) != 0 ? 13 : 5)..]);

    /// <summary>Writes a record again with other extras and the same body.</summary>
    public static byte[] Rewrite(in RecordHead head, MessageExtras? extras)
    {
        var output = new ArrayBufferWriter<byte>(64 + head.Body.Length);
        WriteHead(output, head.Epoch, head.SentAt, extras);
        output.Write(head.Body.Span);
        return output.WrittenSpan.ToArray();
    }

    private static int FlagsOf(MessageExtras extras) =>
        (extras.Id is null ? 0 : HasId)
        | (extras.Headers is null ? 0 : HasHeaders)
        | (extras.Dead is null ? 0 : HasDeadLetterNote)
        | (extras.Destination is null ? 0 : HasDestination)
        | (extras.AgesFrom == 0 ? 0 : HasAgesFrom);

    private static MessageHeaders ReadHeaders(ReadOnlySpan<byte> span, ref int at)
    {
        var headers = new MessageHeaders();
        ulong count = VarInt.Read(span, ref at);
        for (ulong i = 0; i < count; i++)
        {
            string key = VarText.Read(span, ref at);
            headers[key] = VarText.Read(span, ref at);
        }

        return headers.ToFrozen();
    }

    private static void WriteNote(IBufferWriter<byte> output, DeadLetterNote dead)
    {
        VarInt.Write(output, (ulong)dead.Reason);
        VarText.Write(output, dead.Description);
        VarText.Write(output, dead.Destination);
        VarInt.Write(output, (ulong)dead.OriginalSequence);
        VarInt.Write(output, (ulong)dead.Attempts);
        VarInt.Write(output, (ulong)dead.Failures);
        VarInt.Write(output, (ulong)dead.DeadLetteredAt);
    }

    private static DeadLetterNote ReadNote(ReadOnlySpan<byte> span, ref int at) => new(
        (DeadLetterReason)VarInt.Read(span, ref at),
        VarText.Read(span, ref at),
        VarText.Read(span, ref at),
        (long)VarInt.Read(span, ref at),
        (int)VarInt.Read(span, ref at),
        (int)VarInt.Read(span, ref at),
        (long)VarInt.Read(span, ref at));
}
