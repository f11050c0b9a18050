namespace Messaging.Engine.Tests.Writing;

/// <summary>A broker whose process is said to have died commits nothing more, although its store would take it.</summary>
public sealed class AbandonedWriterTests
{
    private readonly HeldWork _work = new();
    private readonly InMemoryMessageStore _store = new();

    [Fact]
    public async Task Abandon_SendThatWaitsForItsCommit_FailsAndIsNotStored()
    {
        MessageBroker broker = await OpenAsync();
        IProducer<int> producer = broker.Queue("orders").Producer<int>();
        _work.RunAll();
        Task<Receipt> send = producer.SendAsync(1).AsTask();

        broker.Abandon(new StoreException("The process has died.") { MustReopen = true });
        _work.RunAll();

        (await FluentActions.Awaiting(() => send).Should().ThrowExactlyAsync<StoreException>()).WithMessage("*The process has died.*");
        await _store.DisposeAsync();
        (await OpenAsync()).Queue("orders").Statistics.Ready.Should().Be(0);
    }

    [Fact]
    public async Task Abandon_AckThatWaitsForItsCommit_FailsAndIsNotStored()
    {
        MessageBroker broker = await OpenAsync();
        Task<Receipt> send = broker.Queue("orders").Producer<int>().SendAsync(1).AsTask();
        _work.RunAll();
        await send;
        broker.Queue("orders").Consumer<int>().TryReceive(out Delivery<int> delivery).Should().BeTrue();
        Task<Settlement> ack = delivery.AckAsync().AsTask();

        broker.Abandon(new StoreException("The process has died.") { MustReopen = true });
        _work.RunAll();

        await FluentActions.Awaiting(() => ack).Should().ThrowAsync<StoreException>();
        await _store.DisposeAsync();
        (await OpenAsync()).Queue("orders").Statistics.Ready.Should().Be(1);
    }

    private async Task<MessageBroker> OpenAsync() => await MessageBroker.OpenAsync(_store, new BrokerOptions { Work = _work });
}
