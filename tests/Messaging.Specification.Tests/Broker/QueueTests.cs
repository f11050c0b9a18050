namespace Messaging.Specification.Tests.Broker;

/// <summary>Contract lines 8 and 10 for queues: order, competing consumers, pausing, and backlogs of any length.</summary>
public sealed class QueueTests
{
    [Theory, EveryStore]
    public async Task Queue_FirstDeliveries_AreInTheOrderOfSending(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        IQueue queue = harness.Broker.Queue("orders");
        IConsumer<int> consumer = queue.Consumer<int>(new() { Prefetch = 3 });
        Task[] sends = [.. Enumerable.Range(0, 300).Select(i => queue.Producer<int>().SendAsync(i).AsTask())];

        for (int i = 0; i < 300; i++)
        {
            (await consumer.NextAsync()).Body.Should().Be(i);
        }

        await Task.WhenAll(sends).Soon();
    }

    [Theory, EveryStore]
    public async Task Queue_SameName_IsTheSameQueue(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);

        await harness.Broker.Queue("orders").Producer<int>().SendAsync(1).Soon();

        IQueue queue = harness.Broker.Queue("orders");
        (queue.Name, queue.Pattern).Should().Be(("orders", "orders"));
        (await harness.DrainAsync<int>(queue)).Should().Equal(1);
        (await harness.DrainAsync<int>(harness.Broker.Queue("Orders"))).Should().BeEmpty("names are compared ordinally");
    }

    [Theory, EveryStore]
    public async Task Consumers_OfOneQueue_GetEachMessageOnce(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        IQueue queue = harness.Broker.Queue("orders");
        IConsumer<int>[] consumers = [.. Enumerable.Range(0, 4).Select(_ => queue.Consumer<int>())];
        var received = new List<int>();
        await queue.Producer<int>().SendBatchAsync([.. Enumerable.Range(0, 400).Select(i => new Message<int>(i))]).Soon();

        for (int i = 0; i < 400; i++)
        {
            received.Add((await consumers[i % 4].NextAsync()).Body);
        }

        received.Should().BeEquivalentTo(Enumerable.Range(0, 400)).And.OnlyHaveUniqueItems();
        foreach (IConsumer<int> consumer in consumers)
        {
            await harness.ShouldBeEmptyAsync(consumer);
        }
    }

    [Theory, EveryStore]
    public async Task Consumer_ThatOnlyPrefetches_HoldsNothingBackFromOneThatReceives(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        IQueue queue = harness.Broker.Queue("orders");
        await using IConsumer<int> idle = queue.Consumer<int>(new() { Prefetch = 1_000 });
        await queue.Producer<int>().SendBatchAsync([.. Enumerable.Range(0, 20).Select(i => new Message<int>(i))]).Soon();
        await harness.SettleAsync();
        IConsumer<int> busy = queue.Consumer<int>();

        for (int i = 0; i < 20; i++)
        {
            (await busy.NextAsync()).Body.Should().Be(i);
        }
    }

    [Theory, EveryStore]
    public async Task Receive_SeveralWaiting_EachGetsAMessage(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        IQueue queue = harness.Broker.Queue("orders");
        IConsumer<int> one = queue.Consumer<int>();
        IConsumer<int> two = queue.Consumer<int>();
        Task<Delivery<int>>[] waiting = [one.NextAsync(), two.NextAsync(), one.NextAsync(), two.NextAsync()];
        await harness.SettleAsync();

        await queue.Producer<int>().SendBatchAsync([new(1), new(2), new(3), new(4)]).Soon();

        (await Task.WhenAll(waiting).Soon()).Select(d => d.Body).Should().BeEquivalentTo([1, 2, 3, 4]);
    }

    [Theory, EveryStore]
    public async Task Pause_UntilResume_DeliversNothingAndKeepsLeases(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        IQueue queue = harness.Broker.Queue("orders");
        IConsumer<int> consumer = queue.Consumer<int>();
        await queue.Producer<int>().SendBatchAsync([new(1), new(2)]).Soon();
        Delivery<int> held = await consumer.NextAsync();
        await harness.SettleAsync();

        queue.Pause();

        queue.IsPaused.Should().BeTrue();
        await harness.ShouldBeEmptyAsync(consumer, "while paused, prefetched or not");
        await queue.Producer<int>().SendAsync(3).Soon();
        await harness.ShouldBeEmptyAsync(consumer, "while paused");
        (await held.AckAsync().Soon()).Should().Be(Settlement.Acked);
        Task<Delivery<int>> waiting = consumer.NextAsync();
        await harness.SettleAsync();
        waiting.IsCompleted.Should().BeFalse();
        queue.Statistics.Ready.Should().Be(2);
        queue.Resume();
        queue.IsPaused.Should().BeFalse();
        (await waiting.Soon()).Body.Should().Be(2);
        (await consumer.NextAsync()).Body.Should().Be(3);
    }

    [Theory, EveryStore]
    public async Task Pause_OfAHandler_StartsNoCallUntilResume(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        IQueue queue = harness.Broker.Queue("orders");
        int calls = 0;
        await using IWorker worker = queue.Handle<int>((_, _) =>
        {
            Interlocked.Increment(ref calls);
            return ValueTask.CompletedTask;
        });
        queue.Pause();
        await queue.Producer<int>().SendAsync(1).Soon();
        await harness.SettleAsync();

        (Volatile.Read(ref calls), queue.Statistics.Ready).Should().Be((0, 1));

        queue.Resume();
        await HangGuard.UntilAsync(() => queue.Statistics.Acked == 1);
    }

    [Theory, EveryStore]
    public async Task Backlog_OfTwentyThousandBeforeAConsumer_IsDeliveredInOrder(StoreKind store)
    {
        const int Count = 20_000;
        await using var harness = await BrokerHarness.StartAsync(store);
        IQueue queue = harness.Broker.Queue("orders");
        foreach (int[] chunk in Enumerable.Range(0, Count).Chunk(1_000))
        {
            await queue.Producer<int>().SendBatchAsync([.. chunk.Select(i => new Message<int>(i))]).Soon();
        }

        if (store != StoreKind.Memory)
        {
            await harness.ReopenAsync();
            queue = harness.Broker.Queue("orders");
        }

        queue.Statistics.Ready.Should().Be(Count);
        await using IConsumer<int> consumer = queue.Consumer<int>();
        var acks = new List<Task<Settlement>>();
        for (int i = 0; i < Count; i++)
        {
            if (i == Count / 2)
            {
                // What is sent while the backlog is read comes after it.
                await queue.Producer<int>().SendAsync(Count).Soon();
            }

            Delivery<int> delivery = await consumer.NextAsync();
            if (delivery.Body != i)
            {
                delivery.Body.Should().Be(i, "the backlog is in order");
            }

            acks.Add(delivery.AckAsync().AsTask());
        }

        (await consumer.NextAsync()).Body.Should().Be(Count);
        (await Task.WhenAll(acks).Soon()).Should().OnlyContain(s => s == Settlement.Acked);
        queue.Statistics.Should().Be(new SubscriptionStatistics { Leased = 1, Acked = Count, Delivered = Count + 1 });
    }

    [Theory, EveryStore]
    public async Task Queues_AHundred_AreIndependent(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        await Task.WhenAll(Enumerable.Range(0, 100).Select(q => harness.Broker.Queue($"q.{q}").Producer<string>()
            .SendBatchAsync([new($"{q}-1"), new($"{q}-2"), new($"{q}-3")]).AsTask())).Soon();
        if (store != StoreKind.Memory)
        {
            await harness.ReopenAsync();
        }

        for (int q = 0; q < 100; q++)
        {
            (await harness.DrainAsync<string>(harness.Broker.Queue($"q.{q}"))).Should().Equal($"{q}-1", $"{q}-2", $"{q}-3");
        }
    }

    [Theory, EveryStore]
    public async Task Names_OfAQueueATopicAndASubscription_MayBeTheSame(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        IQueue queue = harness.Broker.Queue("orders");
        ISubscription subscription = await harness.Broker.SubscribeAsync("orders", "orders").Soon();

        await queue.Producer<string>().SendAsync("to the queue").Soon();
        await harness.Broker.Topic("orders").Producer<string>().SendAsync("to the topic").Soon();

        (await harness.DrainAsync<string>(queue)).Should().Equal("to the queue");
        (await harness.DrainAsync<string>(subscription)).Should().Equal("to the topic");
    }
}
