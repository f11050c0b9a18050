using System.Buffers;
using System.Text;

namespace Messaging.Specification.Tests.Broker;

/// <summary>A serializer of strings that hangs the first time it reads "hangs once", until it is released.</summary>
internal sealed class HangingSerializer : IMessageSerializer
{
    private readonly TaskCompletionSource _hangs = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ManualResetEventSlim _release = new();
    private int _reads;

    public Task Hangs => _hangs.Task;

    public void Release() => _release.Set();

    public void Serialize<T>(T body, IBufferWriter<byte> output) => output.Write(Encoding.UTF8.GetBytes((string)(object)body!));

    public T Deserialize<T>(ReadOnlyMemory<byte> data)
    {
        string body = Encoding.UTF8.GetString(data.Span);
        if (body == "hangs once" && Interlocked.Increment(ref _reads) == 1)
        {
            _hangs.SetResult();
            _release.Wait(HangGuard.Limit);
        }

        return (T)(object)body;
    }
}
