using BenchmarkDotNet.Attributes;
using Messaging.Records;
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
        while (TryTake(lost: null, out DeliveryToken token) && _lone.Core.Parts.Settling.AckAsync(token, CancellationToken.None).Result == Settlement.Acked)
        {
            acked++;
        }

        return Checked(acked);
    }

    /// <summary>As a handler does that returns at once and takes the next message.</summary>
    [Benchmark(OperationsPerInvoke = Count)]
    public int AppendHandle()
    {
        Append();
        int acked = 0;
        while (TryTake(_lost, out DeliveryToken token) && _lone.Core.Parts.Settling.Ack(token))
        {
            acked++;
        }

        return Checked(acked);
    }

    private bool TryTake(CancellationTokenSource? lost, out DeliveryToken token)
    {
        bool taken = _lone.Core.TryReserve(_lone.Port, out long number)
            && _lone.Core.TryGrant(_lone.Port, number, _lone.Clock.NowFor(_lone.Port.Leases.Duration), processing: 0, lost);
        token = new DeliveryToken(1, number);
        return taken;
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
