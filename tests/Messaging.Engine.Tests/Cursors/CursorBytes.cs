using System.Buffers;
using Messaging.Cursors;

namespace Messaging.Engine.Tests.Cursors;

/// <summary>A cursor's state as bytes.</summary>
internal static class CursorBytes
{
    public static byte[] Of(CursorState state, ReadOnlySpan<KeyValuePair<long, RetryCounts>> started, long activity = 0)
    {
        var output = new ArrayBufferWriter<byte>();
        CursorCodec.Write(output, state, started, activity);
        return output.WrittenSpan.ToArray();
    }
}
