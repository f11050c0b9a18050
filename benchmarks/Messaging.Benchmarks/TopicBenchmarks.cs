using BenchmarkDotNet.Attributes;

namespace Messaging.Benchmarks;

/// <summary>A message's way through a topic in memory to each of its subscriptions, on one thread.</summary>
[MemoryDiagnoser]
public class TopicBenchmarks
{
    private MessageBroker _broker = null!;
    private IProducer<Body> _producer = null!;
    private IConsumer<Body>[] _consumers = [];

    [Params(1, 10)]
    public int Subscriptions { get; set; }

    [GlobalSetup]
    public async Task SetUp()
    {
        _broker = MessageBroker.InMemory();
        _producer = _broker.Topic("benchmark").Producer<Body>();
        _consumers = new IConsumer<Body>[Subscriptions];
        for (int i = 0; i < Subscriptions; i++)
        {
            _consumers[i] = (await _broker.SubscribeAsync("benchmark", $"reader-{i}")).Consumer<Body>();
        }
    }

    [GlobalCleanup]
    public async Task CleanUp() => await _broker.DisposeAsync();

    [Benchmark]
    public async Task SendThenReceiveAndAckEach()
    {
        await _producer.SendAsync(Body.Shared);
        foreach (IConsumer<Body> consumer in _consumers)
        {
            Delivery<Body> delivery = await consumer.ReceiveAsync();
            await delivery.AckAsync();
        }
    }
}
