using System.Buffers.Binary;

namespace Messaging.PerfTests.Scenarios;

/// <summary>The body of the durable scenarios: 100 bytes that begin with a number.</summary>
internal static class RawBody
{
    public const int Length = 100;

    public static byte[] Of(long number)
    {
        byte[] body = new byte[Length];
        BinaryPrimitives.WriteInt64LittleEndian(body, number);
        return body;
    }

    public static long NumberOf(ReadOnlyMemory<byte> body) => BinaryPrimitives.ReadInt64LittleEndian(body.Span);
}
