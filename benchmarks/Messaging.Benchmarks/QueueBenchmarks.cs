using BenchmarkDotNet.Attributes;

namespace Messaging.Benchmarks;

/// <summary>A message's way through a queue in memory, on one thread.</summary>
[MemoryDiagnoser]
public class QueueBenchmarks
{
    private MessageBroker _broker = null!;
    private IProducer<Body> _producer = null!;
    private IConsumer<Body> _consumer = null!;

    [GlobalSetup]
    public void SetUp()
    {
        _broker = MessageBroker.InMemory();
        IQueue queue = _broker.Queue("benchmark");
        _producer = queue.Producer<Body>();
        _consumer = queue.Consumer<Body>();
    }

    [GlobalCleanup]
    public async Task CleanUp() => await _broker.DisposeAsync();

    [Benchmark]
    public async Task<Settlement> SendReceiveAck()
    {
        await _producer.SendAsync(Body.Shared);
        Delivery<Body> delivery = await _consumer.ReceiveAsync();
        return await delivery.AckAsync();
    }
}
