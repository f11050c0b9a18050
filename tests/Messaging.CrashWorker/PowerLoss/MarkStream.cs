using Messaging.CrashWorker.Shim;

namespace Messaging.CrashWorker.PowerLoss;

/// <summary>Where a history goes that is recorded together with the file operations: each line is a mark in the trace.</summary>
internal sealed class MarkStream : Stream
{
    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override void Write(ReadOnlySpan<byte> buffer) => ShimCalls.Mark(buffer);

    public override void Write(byte[] buffer, int offset, int count) => ShimCalls.Mark(buffer.AsSpan(offset, count));

    public override void Flush()
    {
        // A mark is written when the call returns.
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();
}
