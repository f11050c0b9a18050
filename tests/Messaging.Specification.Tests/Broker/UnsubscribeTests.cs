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
            (await broker.UnsubscribeAsync("billing").Soon()).Should().BeFalse("its removal is under way");
            store.ReleaseCommits();
            (await removal.Soon()).Should().BeTrue();
            (await again.Soon()).Pattern.Should().Be("invoices.#");
        }

        StoreContents contents = await store.OpenAsync();
        contents.Entries.Where(entry => entry.Kind == StoreEntryKind.Subscription).Should().ContainSingle()
            .Which.Pattern.Should().Be("invoices.#");
        await store.DisposeAsync();
    }
}
