namespace Messaging.Crash.Tests.PowerLoss;

/// <summary>The bytes of a file.</summary>
internal sealed class Contents
{
    private byte[] _bytes;

    public Contents() => _bytes = [];

    public Contents(Contents other)
    {
        _bytes = other.ToArray();
        Length = _bytes.Length;
    }

    public int Length { get; private set; }

    public void Write(long offset, ReadOnlySpan<byte> data)
    {
        int end = checked((int)offset + data.Length);
        if (end > Length)
        {
            Resize(end);
        }

        data.CopyTo(_bytes.AsSpan((int)offset));
    }

    /// <summary>Cuts the end off, or adds zeros.</summary>
    public void Resize(long length)
    {
        if (length > _bytes.Length)
        {
            Array.Resize(ref _bytes, Math.Max((int)length, _bytes.Length * 2));
        }

        if (length < Length)
        {
            _bytes.AsSpan((int)length, Length - (int)length).Clear();
        }

        Length = (int)length;
    }

    public byte[] ToArray() => _bytes[..Length];
}
