using System.Buffers;

namespace Messaging.Specification.Tests.Broker;

/// <summary>A serializer of texts that fails without words where it is told to.</summary>
internal sealed class SpeechlessSerializer(Func<Exception> failure) : IMessageSerializer
{
    public const string Unwritable = "unwritable";
    public const string Unreadable = "unreadable";

    private readonly JsonMessageSerializer _json = new();

    public void Serialize<T>(T body, IBufferWriter<byte> output)
    {
        if (body is Unwritable)
        {
            throw failure();
        }

        _json.Serialize(body, output);
    }

    public T Deserialize<T>(ReadOnlyMemory<byte> data)
    {
        T body = _json.Deserialize<T>(data);
        return body is Unreadable ? throw failure() : body;
    }
}
