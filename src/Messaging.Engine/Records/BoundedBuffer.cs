using System.Buffers;

namespace Messaging.Records;

/// <summary>A buffer for encoding one record, which refuses to grow beyond a body's limit.</summary>
internal sealed class BoundedBuffer : IBufferWriter<byte>
{
    private const int KeptBytes = 1 << 16;

    private readonly ArrayBufferWriter<byte> _inner = new(256);
    private int _bodyStart;
    private int _limit = int.MaxValue;

    public ReadOnlySpan<byte> Written => _inner.WrittenSpan;

    /// <summary>Gets a value indicating whether the buffer is small enough to be kept for the next record.</summary>
    public bool IsWorthKeeping => _inner.Capacity <= KeptBytes;

    /// <summary>Starts the next record.</summary>
    public void Reset()
    {
        _inner.ResetWrittenCount();
        _limit = int.MaxValue;
    }

    /// <summary>Ends the head: what follows is the body.</summary>
    public void BeginBody(int limit)
    {
        _bodyStart = _inner.WrittenCount;
        _limit = limit;
    }

    public void Advance(int count)
    {
        long body = (long)_inner.WrittenCount - _bodyStart + count;
        if (_limit != int.MaxValue && body > _limit)
        {
            throw new MessageTooLargeException("Body bytes (BrokerOptions.MaxBodyBytes)", body, _limit);
        }

        _inner.Advance(count);
    }

    public Memory<byte> GetMemory(int sizeHint = 0) => _inner.GetMemory(Check(sizeHint));

    public Span<byte> GetSpan(int sizeHint = 0) => _inner.GetSpan(Check(sizeHint));

    /// <summary>Refuses a request that only a body over the limit can make: serializers ask for at most six bytes for each that they write.</summary>
    private int Check(int sizeHint)
    {
        if (_limit != int.MaxValue && sizeHint > 4096 && sizeHint / 6 > _limit)
        {
            throw new MessageTooLargeException("Body bytes (BrokerOptions.MaxBodyBytes)", sizeHint / 6, _limit);
        }

        return sizeHint;
    }
}
