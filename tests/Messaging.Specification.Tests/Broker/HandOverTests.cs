using System.Buffers;

namespace Messaging.Specification.Tests.Broker;

/// <summary>Handing over without the subscription's lock: what one consumer is about to take holds up no other, and a later look tells the time of the hand-over.</summary>
public sealed class HandOverTests
{
    [Fact]
    public async Task TryReceive_WhileAnotherConsumerIsAboutToTakeOne_GetsWhatElseThereIs()
    {
        var serializer = new InterruptingSerializer();
        await using var harness = await BrokerHarness.StartAsync(StoreKind.Memory, options => options with { Serializer = serializer });
        IQueue queue = harness.Broker.Queue("orders", new() { Serialize = true });
        IProducer<int> producer = queue.Producer<int>();
        for (int i = 0; i < 4; i++)
        {
            await producer.SendAsync(i);
        }

        IConsumer<int> slow = queue.Consumer<int>(new() { Prefetch = 1 });
        IConsumer<int> quick = queue.Consumer<int>(new() { Prefetch = 1 });
        List<int> taken = [];
        serializer.OnNext = () =>
        {
            while (quick.TryReceive(out Delivery<int> delivery))
            {
                taken.Add(delivery.Body);
            }
        };

        slow.TryReceive(out Delivery<int> first).Should().BeTrue();

        first.Body.Should().Be(0);
        taken.Should().Equal(1, 2, 3);
    }

    [Fact]
    public async Task LastActivity_OfAHandOverThatNobodyLookedAtSince_IsWhenItHappened()
    {
        await using var harness = await BrokerHarness.StartAsync(StoreKind.Memory);
        IQueue queue = harness.Broker.Queue("orders");
        await queue.Producer<int>().SendAsync(1);
        await queue.Producer<int>().SendAsync(2);
        IConsumer<int> consumer = queue.Consumer<int>(new() { LeaseDuration = TimeSpan.FromDays(7) });
        harness.Time.Advance(TimeSpan.FromHours(1));
        DateTimeOffset received = harness.Time.GetUtcNow();
        Delivery<int> delivery = await consumer.ReceiveAsync();
        await delivery.AckAsync();

        harness.Time.Advance(TimeSpan.FromDays(1));

        queue.LastActivity.Should().Be(received);
    }

    [Fact]
    public async Task LastActivity_OfADeliveryThatWasRejectedAtOnce_IsWhenItWasHandedOver()
    {
        await using var harness = await BrokerHarness.StartAsync(StoreKind.Memory);
        IQueue queue = harness.Broker.Queue("orders");
        await queue.Producer<int>().SendAsync(1);
        IConsumer<int> consumer = queue.Consumer<int>();
        harness.Time.Advance(TimeSpan.FromHours(1));
        Delivery<int> delivery = await consumer.ReceiveAsync();

        await delivery.DeadLetterAsync("It is no order.");

        queue.LastActivity.Should().Be(harness.Time.GetUtcNow());
    }

    private sealed class InterruptingSerializer : IMessageSerializer
    {
        private readonly JsonMessageSerializer _inner = new();

        public Action? OnNext { get; set; }

        public void Serialize<T>(T value, IBufferWriter<byte> output) => _inner.Serialize(value, output);

        public T Deserialize<T>(ReadOnlyMemory<byte> bytes)
        {
            Action? interrupt = OnNext;
            OnNext = null;
            interrupt?.Invoke();
            return _inner.Deserialize<T>(bytes);
        }
    }
}
