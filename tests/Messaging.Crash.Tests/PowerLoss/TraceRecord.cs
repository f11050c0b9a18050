using System.Text;

namespace Messaging.Crash.Tests.PowerLoss;

/// <summary>One record of a trace.</summary>
internal readonly record struct TraceRecord(TraceKind Kind, uint Handle, long Offset, ReadOnlyMemory<byte> Data)
{
    /// <summary>Gets the data as text.</summary>
    public string Text => Encoding.UTF8.GetString(Data.Span);
}
