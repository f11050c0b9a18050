namespace Messaging.Crash.Tests.PowerLoss;

/// <summary>A write, or a new size where there is no data, that no sync has brought to the disk yet.</summary>
/// <param name="At">Its place in the trace.</param>
/// <param name="Offset">Where it was written, or the size.</param>
/// <param name="Data">What was written.</param>
/// <param name="IsSize">Whether the file was given a size.</param>
internal readonly record struct DiskWrite(int At, long Offset, ReadOnlyMemory<byte> Data, bool IsSize);
