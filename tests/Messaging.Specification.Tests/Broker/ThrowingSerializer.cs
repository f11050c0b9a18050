using System.Buffers;

namespace Messaging.Specification.Tests.Broker;

/// <summary>A serializer of small numbers, each of which it reads in its own bad way: by a failure, then as nothing, then well.</summary>
internal sealed class ThrowingSerializer(Func<Exception>[] failures) : IMessageSerializer
{
    public void Serialize<T>(T body, IBufferWriter<byte> output) => output.Write([(byte)(int)(object)body!]);

    public T Deserialize<T>(ReadOnlyMemory<byte> data)
    {
        int number = data.Span[0];
        object? body = number > failures.Length ? number : null;
        return number < failures.Length ? throw failures[number]() : (T)body!;
    }
}
