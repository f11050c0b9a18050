using System.Buffers;
using System.Text;
using Messaging.TestSupport;

namespace Messaging.Specification.Tests.Broker;

/// <summary>A serializer of strings that leaves ambient state behind.</summary>
internal sealed class LeavingSerializer(AmbientState state) : IMessageSerializer
{
    public void Serialize<T>(T body, IBufferWriter<byte> output) => output.Write(Encoding.UTF8.GetBytes((string)(object)body!));

    public T Deserialize<T>(ReadOnlyMemory<byte> data)
    {
        state.Leave("the serializer", new ForeignContext());
        return (T)(object)Encoding.UTF8.GetString(data.Span);
    }
}
