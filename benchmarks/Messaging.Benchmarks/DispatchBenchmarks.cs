using BenchmarkDotNet.Attributes;
using Messaging.Storage;
using Messaging.Subscriptions;

namespace Messaging.Benchmarks;

/// <summary>A message's way from the log to its consumer and back as an ack, on one thread, a thousand appended at a time.</summary>
[MemoryDiagnoser]
public class DispatchBenchmarks
{
    private const int Count = 1_024;
    private readonly CancellationTokenSource _lost = new();
    private readonly Record _record = new(Body.Shared, sentAt: 1, extras: null);
    private LoneSubscription _lone = null!;

    [GlobalSetup]
    public void SetUp() => _lone = new LoneSubscription(TimeSpan.FromSeconds(30), prefetch: 256);

    [GlobalCleanup]
    public void CleanUp()
    {
        _lone.Dispose();
        _lost.Dispose();
    }

    /// <summary>As a consumer does that receives and acknowledges.</summary>
    [Benchmark(Baseline = true, OperationsPerInvoke = Count)]
    public int AppendTakeAck()
    {
        Append();
        int acked = 0;
        while (_lone.Core.TryTake(_lone.Port, processing: 0, lost: null, out LeasedMessage message) && _lone.Core.Ack(message.Token))
        {
            acked++;
        }

        return Checked(acked);
    }

    /// <summary>As a handler does that returns at once: the ack and the next message under one lock.</summary>
    [Benchmark(OperationsPerInvoke = Count)]
    public int AppendAckAndTake()
    {
        Append();
        int acked = 0;
        bool taken = _lone.Core.TryTake(_lone.Port, processing: 0, _lost, out LeasedMessage message);
        while (taken && _lone.Core.AckAndTake(message.Token, _lone.Port, processing: 0, _lost, out message, out taken))
        {
            // The buffer may be empty where the log is not; then a handler takes again.
            acked++;
            taken = taken || _lone.Core.TryTake(_lone.Port, processing: 0, _lost, out message);
        }

        return Checked(acked);
    }

    private static int Checked(int acked) =>
        acked == Count ? acked : throw new InvalidOperationException($"{acked} of {Count} messages were acknowledged.");

    private void Append()
    {
        for (int i = 0; i < Count; i++)
        {
            _lone.Log.Append(_record);
        }
    }
}
