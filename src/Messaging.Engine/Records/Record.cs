using System.Runtime.InteropServices;

namespace Messaging.Records;

/// <summary>A message in memory: a body by reference, or the encoded bytes of a record.</summary>
internal readonly struct Record
{
    private const int ByReference = -1;

    private readonly object? _content;
    private readonly MessageExtras? _extras;
    private readonly long _sentAt;
    private readonly int _start;
    private readonly int _length;

    /// <summary>Holds a body by reference.</summary>
    public Record(object? body, long sentAt, MessageExtras? extras)
    {
        _content = body;
        _extras = extras;
        _sentAt = sentAt;
        _length = ByReference;
    }

    /// <summary>Holds the bytes that <see cref="RecordCodec"/> wrote.</summary>
    public Record(ReadOnlyMemory<byte> payload)
    {
        if (!MemoryMarshal.TryGetArray(payload, out ArraySegment<byte> segment))
        {
            segment = payload.ToArray();
        }

        _content = segment.Array;
        _start = segment.Offset;
        _length = segment.Count;
    }

    /// <summary>Holds a part of an array that <see cref="RecordCodec"/> wrote.</summary>
    public Record(byte[] array, int start, int length)
    {
        _content = array;
        _start = start;
        _length = length;
    }

    public bool IsEncoded => _length != ByReference;

    /// <summary>Whether there is no record here: its bytes are in the store only.</summary>
    public bool IsMissing => _content is null && _length == 0;

    public object? Body => _content;

    public MessageExtras? Extras => _extras;

    public long SentAt => _sentAt;

    /// <summary>Gets the time in UTC ticks from which the message's age counts; <see cref="long.MaxValue"/> where it is not known without the bytes.</summary>
    public long AgesFrom =>
        IsMissing ? long.MaxValue
        : IsEncoded ? RecordCodec.ReadAgesFrom(Payload.Span)
        : _extras is { AgesFrom: not 0 } extras ? extras.AgesFrom : _sentAt;

    public int Size => IsEncoded ? _length : 0;

    public ReadOnlyMemory<byte> Payload => new((byte[]?)_content, _start, _length);

    /// <summary>Gets the same record in memory of its own, for one that is to be kept long: records share blocks.</summary>
    public Record Detach() => IsEncoded && !IsMissing ? new Record(Payload.ToArray(), 0, _length) : this;
}
