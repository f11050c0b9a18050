namespace Messaging.Specification.Tests.Broker;

/// <summary>Contract line 1: what a completed send promises, and what its receipt says.</summary>
public sealed class SendTests
{
    [Theory, EveryStore]
    public async Task Send_First_ReceiptTellsIdNumberAndDurability(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);

        Receipt receipt = await harness.Broker.Queue("orders").Producer<int>().SendAsync(1).Soon();

        receipt.MessageId.Should().NotBe(default(MessageId));
        receipt.Sequence.Should().Be(1);
        receipt.Durability.Should().Be(harness.BestDurability);
        receipt.IsDuplicate.Should().BeFalse();
    }

    [Theory, EveryStore]
    public async Task Send_Many_NumbersAscendByOneAndIdsDiffer(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        IProducer<int> producer = harness.Broker.Queue("orders").Producer<int>();

        Receipt[] receipts = await Task.WhenAll(Enumerable.Range(0, 200).Select(i => producer.SendAsync(i).AsTask())).Soon();

        receipts.Select(r => r.Sequence).Should().Equal(Enumerable.Range(1, 200).Select(i => (long)i));
        receipts.Select(r => r.MessageId).Should().OnlyHaveUniqueItems();
    }

    [Theory, EveryStore]
    public async Task Send_ToTwoQueues_EachNumbersItsOwnFromOne(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);

        Receipt a = await harness.Broker.Queue("a").Producer<int>().SendAsync(1).Soon();
        Receipt b = await harness.Broker.Queue("b").Producer<int>().SendAsync(1).Soon();

        (a.Sequence, b.Sequence).Should().Be((1, 1));
        a.MessageId.Should().NotBe(b.MessageId);
    }

    [Theory, ReopeningStores]
    public async Task Send_Completed_IsThereAfterReopenWithAllItsParts(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        IProducer<Order> producer = harness.Broker.Queue("orders").Producer<Order>();
        DateTimeOffset sentAt = harness.Time.GetUtcNow();
        Receipt first = await producer.SendAsync(new Order(1, "Ada"), new() { Headers = new() { ["tenant"] = "north" } }).Soon();
        for (int i = 2; i <= 100; i++)
        {
            await producer.SendAsync(new Order(i, "Bob")).Soon();
        }

        harness.Time.Advance(TimeSpan.FromHours(1));
        await harness.ReopenAsync();

        IConsumer<Order> consumer = harness.Broker.Queue("orders").Consumer<Order>();
        Delivery<Order> delivery = await consumer.NextAsync();
        delivery.Body.Should().Be(new Order(1, "Ada"));
        delivery.MessageId.Should().Be(first.MessageId);
        delivery.Sequence.Should().Be(1);
        delivery.SentAt.Should().Be(sentAt);
        delivery.Destination.Should().Be("orders");
        delivery.Headers.Should().Equal(new Dictionary<string, string> { ["tenant"] = "north" });
        for (int i = 2; i <= 100; i++)
        {
            (await consumer.NextAsync()).Body.Number.Should().Be(i);
        }

        await harness.ShouldBeEmptyAsync(consumer);
    }

    [Theory, ReopeningStores]
    public async Task Send_AfterReopen_GoesOnWithTheNumbers(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        await harness.Broker.Queue("orders").Producer<int>().SendAsync(1).Soon();
        (await harness.DrainAsync<int>(harness.Broker.Queue("orders"))).Should().Equal(1);
        await harness.ReopenAsync();

        Receipt receipt = await harness.Broker.Queue("orders").Producer<int>().SendAsync(2).Soon();

        receipt.Sequence.Should().Be(2, "a number is never given twice");
    }

    [Theory, EveryStore]
    public async Task Send_FirstDelivery_TellsWhatIsKnownOfTheMessage(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        IQueue queue = harness.Broker.Queue("orders");
        Receipt receipt = await queue.Producer<int>().SendAsync(7).Soon();

        Delivery<int> delivery = await queue.Consumer<int>().NextAsync();

        delivery.Body.Should().Be(7);
        delivery.MessageId.Should().Be(receipt.MessageId);
        delivery.Sequence.Should().Be(receipt.Sequence);
        delivery.SentAt.Should().Be(harness.Time.GetUtcNow());
        delivery.Destination.Should().Be("orders");
        delivery.Attempt.Should().Be(1);
        delivery.Failures.Should().Be(0);
        delivery.Headers.Should().BeEmpty();
        delivery.LeaseLost.IsCancellationRequested.Should().BeFalse();
    }

    [Fact]
    public async Task Send_QueueAsksForLessDurability_ReceiptSaysSo()
    {
        await using var harness = await BrokerHarness.StartAsync(StoreKind.Sqlite);
        foreach (Durability durability in Enum.GetValues<Durability>())
        {
            IQueue queue = harness.Broker.Queue($"q-{durability}", new() { Durability = durability });

            (await queue.Producer<int>().SendAsync(1).Soon()).Durability.Should().Be(durability);
        }
    }

    [Theory, EveryStore]
    public async Task SendBatch_Messages_AreInOrderWithOneReceiptEach(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        IQueue queue = harness.Broker.Queue("orders");
        await queue.Producer<int>().SendAsync(0).Soon();

        IReadOnlyList<Receipt> receipts = await queue.Producer<int>()
            .SendBatchAsync([.. Enumerable.Range(1, 50).Select(i => new Message<int>(i))]).Soon();

        receipts.Select(r => r.Sequence).Should().Equal(Enumerable.Range(2, 50).Select(i => (long)i));
        receipts.Should().OnlyContain(r => r.Durability == harness.BestDurability && !r.IsDuplicate);
        (await harness.DrainAsync<int>(queue)).Should().Equal(Enumerable.Range(0, 51));
    }

    [Theory, EveryStore]
    public async Task SendBatch_Empty_SendsNothing(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        IQueue queue = harness.Broker.Queue("orders");

        (await queue.Producer<int>().SendBatchAsync([]).Soon()).Should().BeEmpty();

        queue.Statistics.Ready.Should().Be(0);
    }

    [Theory, EveryStore]
    public async Task SendBatch_OneIsTooLarge_SendsNone(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store, o => o with { MaxBodyBytes = 100 });
        IQueue queue = harness.Broker.Queue("orders", new() { Serialize = true });
        IProducer<string> producer = queue.Producer<string>();

        Func<Task> send = () => producer.SendBatchAsync([new("a"), new(new string('x', 200)), new("b")]).Soon();

        await send.Should().ThrowAsync<MessageTooLargeException>();
        await harness.SettleAsync();
        queue.Statistics.Ready.Should().Be(0);
        (await producer.SendAsync("c").Soon()).Sequence.Should().Be(1, "the refused batch used up no number");
    }

    [Theory, EveryStore]
    public async Task SendBatch_PartlyScheduled_SchedulesThose(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        IQueue queue = harness.Broker.Queue("orders");

        IReadOnlyList<Receipt> receipts = await queue.Producer<int>().SendBatchAsync(
            [new(1), new(2, new() { Delay = TimeSpan.FromMinutes(1) }), new(3)]).Soon();

        receipts.Select(r => r.Sequence).Should().Equal(1, 0, 2);
        (await harness.DrainAsync<int>(queue)).Should().Equal(1, 3);
        await harness.AdvanceAsync(TimeSpan.FromMinutes(1));
        (await harness.DrainAsync<int>(queue)).Should().Equal(2);
    }

    [Theory, EveryStore]
    public async Task Flush_SendsStartedBefore_HaveEnded(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        IQueue queue = harness.Broker.Queue("orders");
        IProducer<int> producer = queue.Producer<int>();
        Task<Receipt>[] sends = [.. Enumerable.Range(0, 100).Select(i => producer.SendAsync(i).AsTask())];

        await producer.FlushAsync().Soon();

        // The senders' own tasks may complete a moment after the sends have ended.
        queue.Statistics.Ready.Should().Be(100);
        await Task.WhenAll(sends).Soon();
    }

    [Theory, EveryStore]
    public async Task Flush_NothingSent_CompletesAtOnce(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);

        await harness.Broker.Queue("orders").Producer<int>().FlushAsync().Soon();
    }

    [Theory, EveryStore]
    public async Task ProducerDispose_SendsStartedBefore_HaveEndedAndNewOnesAreRefused(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        IQueue queue = harness.Broker.Queue("orders");
        IProducer<int> producer = queue.Producer<int>();
        Task<Receipt>[] sends = [.. Enumerable.Range(0, 20).Select(i => producer.SendAsync(i).AsTask())];

        await producer.DisposeAsync().Soon();

        queue.Statistics.Ready.Should().Be(20);
        await Task.WhenAll(sends).Soon();
        Func<Task> send = () => producer.SendAsync(99).Soon();
        await send.Should().ThrowAsync<ObjectDisposedException>();
        await queue.Producer<int>().SendAsync(20).Soon();
        (await harness.DrainAsync<int>(queue)).Should().Equal(Enumerable.Range(0, 21));
    }
}
