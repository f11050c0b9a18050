using Messaging.Storage;
using Messaging.TestSupport;

namespace Messaging.Specification.Tests.Broker;

/// <summary>A name that is freed and taken again while the store is slow.</summary>
public sealed class UnsubscribeTests
{
    [Fact]
    public async Task Subscribe_WhileTheOldOneIsBeingRemoved_WaitsForTheStore()
    {
        var store = new FaultyStore();
        await using (MessageBroker broker = await MessageBroker.OpenAsync(store))
        {
            await broker.SubscribeAsync("orders.#", "billing").Soon();
            await broker.WhenIdleAsync().Soon();
            store.HoldCommits();
            Task<bool> removal = broker.UnsubscribeAsync("billing").AsTask();
            await store.CommitReached.Soon();

            Task<ISubscription> again = broker.SubscribeAsync("invoices.#", "billing").AsTask();

            again.IsCompleted.Should().BeFalse("the store still holds the old one");
            broker.Subscriptions.Should().BeEmpty();
            Task<bool> another = broker.UnsubscribeAsync("billing").AsTask();
            another.IsCompleted.Should().BeFalse("the death of the process would still bring it back");
            store.ReleaseCommits();
            (await removal.Soon(), await another.Soon()).Should().Be((true, false));
            (await again.Soon()).Pattern.Should().Be("invoices.#");
        }

        StoreContents contents = await store.OpenAsync();
        contents.Entries.Where(entry => entry.Kind == StoreEntryKind.Subscription).Should().ContainSingle()
            .Which.Pattern.Should().Be("invoices.#");
        await store.DisposeAsync();
    }

    [Fact]
    public async Task Unsubscribe_ThatIsNotStored_LosesNothingToTheCommitsBeforeIt()
    {
        var store = new FaultyStore();
        await using (MessageBroker broker = await MessageBroker.OpenAsync(store))
        {
            await broker.SubscribeAsync("news", "leaver").Soon();
            ISubscription stayer = await broker.SubscribeAsync("news", "stayer").Soon();
            await broker.Topic("news").Producer<int>().SendAsync(1).Soon();
            Delivery<int> delivery = await stayer.Consumer<int>().NextAsync();
            IProducer<byte[]> large = broker.Queue("large").Producer<byte[]>();
            await large.SendAsync([]).Soon();
            await broker.WhenIdleAsync().Soon();
            store.HoldCommits();
            Task held = large.SendAsync(new byte[1]).AsTask();
            await store.CommitReached.Soon();

            // A group of 4 MiB takes no more: the acknowledgement, after which only the leaver needs the message, is in one before the removal's.
            Task ack = delivery.AckAsync().AsTask();
            Task[] sends = [.. Enumerable.Range(0, 5).Select(_ => large.SendAsync(new byte[900_000]).AsTask())];
            Task leave = broker.UnsubscribeAsync("leaver").AsTask();
            store.FailCommits(static () => new StoreOutcomeUnknownException("no power"), after: 2);
            store.ReleaseCommits();

            await Task.WhenAll([held, ack, .. sends]).Soon();
            await leave.Invoking(task => task.Soon()).Should().ThrowAsync<StoreOutcomeUnknownException>();
        }

        store.FailCommits(null);
        await using MessageBroker again = await MessageBroker.OpenAsync(store);
        ISubscription leaver = await again.SubscribeAsync("news", "leaver").Soon();
        (await leaver.Consumer<int>().NextAsync()).Body.Should().Be(1);
    }
}
