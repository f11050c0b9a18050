namespace Messaging.Records;

/// <summary>The memory of encoded records: small ones lie side by side in blocks that are never written twice.</summary>
/// <remarks>A block lives as long as one of its records, so it is small; whoever keeps a record for long detaches it.</remarks>
internal static class RecordMemory
{
    private const int BlockBytes = 8192;
    private const int MaxShared = 1024;

    [ThreadStatic]
    private static byte[]? _block;

    [ThreadStatic]
    private static int _used;

    /// <summary>Copies the bytes of a record to where they stay.</summary>
    public static Record Keep(ReadOnlySpan<byte> encoded)
    {
        if (encoded.Length > MaxShared)
        {
            return new Record(encoded.ToArray(), 0, encoded.Length);
        }

        byte[]? block = _block;
        if (block is null || encoded.Length > BlockBytes - _used)
        {
            _block = block = GC.AllocateUninitializedArray<byte>(BlockBytes);
            _used = 0;
        }

        int start = _used;
        encoded.CopyTo(block.AsSpan(start));
        _used = start + encoded.Length;
        return new Record(block, start, encoded.Length);
    }
}
