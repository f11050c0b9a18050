using BenchmarkDotNet.Attributes;

namespace Messaging.Benchmarks;

/// <summary>What subscriptions with patterns cost the topics that they do not match.</summary>
[MemoryDiagnoser]
public class PatternSubscriptionBenchmarks
{
    private MessageBroker _broker = null!;
    private IProducer<Body> _producer = null!;
    private IConsumer<Body> _consumer = null!;
    private int _topics;

    [Params(1, 100, 10_000)]
    public int Others { get; set; }

    [GlobalSetup]
    public async Task SetUp()
    {
        _broker = MessageBroker.InMemory();
        for (int i = 0; i < Others; i++)
        {
            await _broker.SubscribeAsync($"shop-{i}.*.eu.#", $"other-{i}");
        }

        _consumer = (await _broker.SubscribeAsync("shop.*.eu.#", "reader")).Consumer<Body>();
        _producer = _broker.Topic("shop.orders.eu.placed").Producer<Body>();
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

    [Benchmark]
    public ITopic CreateTopic() => _broker.Topic($"bank.transfers.eu.number-{_topics++}");
}
