using Messaging.TestSupport;
using Messaging.Testing;

namespace Messaging.Specification.Tests.Broker;

/// <summary>Contract line 2 against a store that is slow: whatever settles a message and is awaited ends after its commit.</summary>
public sealed class SettleCommitTests : IAsyncDisposable
{
    private readonly FaultyStore _store = new();
    private readonly VirtualTime _time = new();
    private MessageBroker? _broker;

    [Fact]
    public Task DeadLetter_WithDeadLetteringOff_WaitsForItsCommit() => VerifyWaitsAsync(
        new() { DeadLetter = false }, delivery => delivery.DeadLetterAsync("no"), Settlement.DeadLettered);

    [Fact]
    public Task LastNack_WithDeadLetteringOff_WaitsForItsCommit() => VerifyWaitsAsync(
        new() { DeadLetter = false, Retry = RetryPolicy.None }, delivery => delivery.NackAsync(), Settlement.DeadLettered);

    [Fact]
    public Task DeadLetter_WithAFullDeadLetterQueue_WaitsForItsCommit() => VerifyWaitsAsync(
        new() { DeadLetterCapacity = 1 }, delivery => delivery.DeadLetterAsync("no"), Settlement.Nacked, fillsDeadLetters: true);

    [Fact]
    public Task LastNack_WithAFullDeadLetterQueue_WaitsForItsCommit() => VerifyWaitsAsync(
        new() { DeadLetterCapacity = 1, Retry = RetryPolicy.None }, delivery => delivery.NackAsync(), Settlement.Nacked, fillsDeadLetters: true);

    [Fact]
    public Task Nack_WithRetriesLeft_WaitsForItsCommit() => VerifyWaitsAsync(new(), delivery => delivery.NackAsync(), Settlement.Nacked);

    [Fact]
    public Task DeadLetter_IntoTheDeadLetterQueue_WaitsForItsCommit() => VerifyWaitsAsync(
        new(), delivery => delivery.DeadLetterAsync("no"), Settlement.DeadLettered);

    [Fact]
    public async Task Unsubscribe_AgainWhileTheFirstIsBeingStored_WaitsForItToo()
    {
        MessageBroker broker = await OpenAsync();
        await broker.SubscribeAsync("orders", "billing").Soon();
        await broker.WhenIdleAsync().Soon();
        _store.HoldCommits();

        Task<bool> first = broker.UnsubscribeAsync("billing").AsTask();
        await _store.CommitReached.Soon();
        Task<bool> second = broker.UnsubscribeAsync("billing").AsTask();

        second.IsCompleted.Should().BeFalse("until the commit, the death of the process brings the subscription back");
        _store.ReleaseCommits();
        (await first.Soon(), await second.Soon()).Should().Be((true, false));
    }

    public async ValueTask DisposeAsync()
    {
        _store.ReleaseCommits();
        if (_broker is not null)
        {
            await _broker.DisposeAsync().Soon();
        }
    }

    private async Task VerifyWaitsAsync(
        QueueOptions options, Func<Delivery<int>, ValueTask<Settlement>> settle, Settlement expected, bool fillsDeadLetters = false)
    {
        MessageBroker broker = await OpenAsync();
        IQueue queue = broker.Queue("orders", options);
        IConsumer<int> consumer = queue.Consumer<int>();
        if (fillsDeadLetters)
        {
            await queue.Producer<int>().SendAsync(0).Soon();
            await (await consumer.NextAsync()).DeadLetterAsync("it fills the dead-letter queue").Soon();
        }

        await queue.Producer<int>().SendAsync(1).Soon();
        Delivery<int> delivery = await consumer.NextAsync();
        await broker.WhenIdleAsync().Soon();
        _store.HoldCommits();

        Task<Settlement> settling = settle(delivery).AsTask();

        await _store.CommitReached.Soon();
        settling.IsCompleted.Should().BeFalse("its commit has not been made");
        _store.ReleaseCommits();
        (await settling.Soon()).Should().Be(expected);
    }

    private async Task<MessageBroker> OpenAsync() =>
        _broker = await MessageBroker.OpenAsync(_store, new BrokerOptions { TimeProvider = _time }).Soon();
}
