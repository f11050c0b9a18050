using System.Buffers;
using System.Text;

namespace Messaging.Testing.Tests;

/// <summary>A serializer of strings that says when it writes.</summary>
internal sealed class WatchedSerializer(Action writes) : IMessageSerializer
{
    public void Serialize<T>(T body, IBufferWriter<byte> output)
    {
        writes();
        output.Write(Encoding.UTF8.GetBytes((string)(object)body!));
    }

    public T Deserialize<T>(ReadOnlyMemory<byte> data) => (T)(object)Encoding.UTF8.GetString(data.Span);
}
