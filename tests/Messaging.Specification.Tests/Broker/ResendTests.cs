namespace Messaging.Specification.Tests.Broker;

/// <summary>Contract line 1 for a message that is sent again: the id of one that was cancelled is free, and a receipt says what became of the first one.</summary>
public sealed class ResendTests
{
    private static readonly MessageId _id = MessageId.FromName("order-42");
    private static readonly TimeSpan _minute = TimeSpan.FromMinutes(1);
    private static readonly SendOptions _named = new() { MessageId = _id };
    private static readonly SendOptions _later = new() { MessageId = _id, Delay = _minute };

    [Theory, EveryStore]
    public async Task Cancelled_SentAgainUnderItsId_IsDelivered(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        IQueue queue = harness.Broker.Queue("orders");
        await queue.Producer<int>().SendAsync(1, _later).Soon();
        (await harness.Broker.CancelAsync(_id).Soon()).Should().BeTrue();

        Receipt again = await queue.Producer<int>().SendAsync(2, _named).Soon();

        (again.IsDuplicate, again.Previous).Should().Be((false, null));
        (await harness.DrainAsync<int>(queue)).Should().Equal(2);
        (await queue.Producer<int>().SendAsync(3, _named).Soon()).IsDuplicate.Should().BeTrue("the second one is remembered");
        await harness.AdvanceAsync(_minute);
        (await harness.DrainAsync<int>(queue)).Should().BeEmpty();
    }

    [Theory, EveryStore]
    public async Task Cancelled_ScheduledAgainUnderItsId_ComesAtItsNewTime(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        IQueue queue = harness.Broker.Queue("orders");
        for (int i = 1; i <= 3; i++)
        {
            (await queue.Producer<int>().SendAsync(i, _later).Soon()).IsDuplicate.Should().BeFalse();
            (await harness.Broker.CancelAsync(_id).Soon()).Should().BeTrue();
        }

        (await queue.Producer<int>().SendBatchAsync([new(4, _later with { Delay = 2 * _minute })]).Soon()).Single().IsDuplicate.Should().BeFalse();

        await harness.AdvanceAsync(_minute);
        (await harness.DrainAsync<int>(queue)).Should().BeEmpty();
        await harness.AdvanceAsync(_minute);
        (await harness.DrainAsync<int>(queue)).Should().Equal(4);
    }

    [Theory, ReopeningStores]
    public async Task Cancelled_SentAgainAfterReopen_IsDelivered(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        await harness.Broker.Queue("orders").Producer<int>().SendAsync(1, _later).Soon();
        (await harness.Broker.CancelAsync(_id).Soon()).Should().BeTrue();
        await harness.ReopenAsync();

        IQueue queue = harness.Broker.Queue("orders");
        Receipt again = await queue.Producer<int>().SendAsync(2, _named).Soon();

        (again.IsDuplicate, again.Previous).Should().Be((false, null));
        (await harness.DrainAsync<int>(queue)).Should().Equal(2);
    }

    [Theory, ReopeningStores]
    public async Task CancelledAfterReopen_SentAgain_IsDelivered(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        await harness.Broker.Queue("orders").Producer<int>().SendAsync(1, _later).Soon();
        await harness.ReopenAsync();
        (await harness.Broker.CancelAsync(_id).Soon()).Should().BeTrue();

        IQueue queue = harness.Broker.Queue("orders");
        (await queue.Producer<int>().SendAsync(2, _named).Soon()).IsDuplicate.Should().BeFalse();
        await harness.ReopenAsync();

        queue = harness.Broker.Queue("orders");
        (await queue.Producer<int>().SendAsync(3, _named).Soon()).IsDuplicate.Should().BeTrue("the second one is remembered");
        (await harness.DrainAsync<int>(queue)).Should().Equal(2);
    }

    [Theory, EveryStore]
    public async Task Cancelled_WhoseIdTheWindowHasForgotten_FreesNoOtherMessagesId(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store, options => options with { DeduplicationWindow = 1 });
        IQueue queue = harness.Broker.Queue("orders");
        await queue.Producer<int>().SendAsync(1, _later).Soon();
        await queue.Producer<int>().SendAsync(2, new() { MessageId = MessageId.FromName("other") }).Soon();
        await harness.DrainAsync<int>(queue);
        IQueue elsewhere = harness.Broker.Queue("elsewhere");
        await elsewhere.Producer<int>().SendAsync(3, _named).Soon();

        (await harness.Broker.CancelAsync(_id).Soon()).Should().BeTrue();

        (await elsewhere.Producer<int>().SendAsync(4, _named).Soon()).IsDuplicate.Should().BeTrue();
        (await queue.Producer<int>().SendAsync(5, _named).Soon()).IsDuplicate.Should().BeFalse();
    }

    [Theory, EveryStore]
    public async Task Duplicate_AtEachStepOfTheFirst_SaysWhatBecameOfIt(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        IQueue queue = harness.Broker.Queue("orders");
        (await queue.Producer<int>().SendAsync(1, _named).Soon()).Previous.Should().BeNull("it is no duplicate");
        (await AgainAsync(harness)).Should().Be(PreviousSend.Waiting);
        IConsumer<int> consumer = queue.Consumer<int>();
        Delivery<int> delivery = await consumer.NextAsync();
        (await AgainAsync(harness)).Should().Be(PreviousSend.Waiting, "it is leased");
        await delivery.NackAsync(_minute).Soon();
        (await AgainAsync(harness)).Should().Be(PreviousSend.Waiting, "it waits for its retry");
        await harness.AdvanceAsync(_minute);

        (await (await consumer.NextAsync()).AckAsync().Soon()).Should().Be(Settlement.Acked);

        (await AgainAsync(harness)).Should().Be(PreviousSend.Settled);
    }

    [Theory, EveryStore]
    public async Task Duplicate_OfADeadLetter_IsSettled(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        IQueue queue = harness.Broker.Queue("orders");
        await queue.Producer<int>().SendAsync(0).Soon();
        await queue.Producer<int>().SendAsync(1, _named).Soon();
        IConsumer<int> consumer = queue.Consumer<int>();
        await consumer.NextAsync();

        await (await consumer.NextAsync()).DeadLetterAsync("no").Soon();

        (await AgainAsync(harness)).Should().Be(PreviousSend.Settled, "another message before it is not");
    }

    [Theory, EveryStore]
    public async Task Duplicate_OfAScheduledMessage_SaysWhatBecameOfIt(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        IQueue queue = harness.Broker.Queue("orders");
        await queue.Producer<int>().SendAsync(1, _later).Soon();
        (await AgainAsync(harness)).Should().Be(PreviousSend.Scheduled);

        await harness.AdvanceAsync(_minute);

        Receipt due = await queue.Producer<int>().SendAsync(9, _named).Soon();
        (due.Previous, due.Sequence).Should().Be((PreviousSend.Waiting, 1));
        (await harness.DrainAsync<int>(queue)).Should().Equal(1);
        (await AgainAsync(harness)).Should().Be(PreviousSend.Settled);
    }

    [Theory, ReopeningStores]
    public async Task Duplicate_AfterReopen_SaysWhatBecameOfTheFirst(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        string[] names = ["waiting", "scheduled", "settled", "due", "due and settled"];
        MessageId[] ids = [.. names.Select(MessageId.FromName)];
        IQueue queue = harness.Broker.Queue("orders");
        await queue.Producer<int>().SendAsync(2, new() { MessageId = ids[2] }).Soon();
        await queue.Producer<int>().SendAsync(4, new() { MessageId = ids[4], Delay = _minute }).Soon();
        await harness.AdvanceAsync(_minute);
        await harness.DrainAsync<int>(queue);
        await queue.Producer<int>().SendAsync(0, new() { MessageId = ids[0] }).Soon();
        await queue.Producer<int>().SendAsync(1, new() { MessageId = ids[1], Delay = 9 * _minute }).Soon();
        await queue.Producer<int>().SendAsync(3, new() { MessageId = ids[3], Delay = _minute }).Soon();
        await harness.AdvanceAsync(_minute);

        await harness.ReopenAsync();

        IReadOnlyList<Receipt> receipts = await harness.Broker.Queue("orders").Producer<int>()
            .SendBatchAsync([.. ids.Select(id => new Message<int>(9, new() { MessageId = id }))]).Soon();
        receipts.Should().OnlyContain(receipt => receipt.IsDuplicate);
        receipts.Select(receipt => receipt.Previous).Should().Equal(
            PreviousSend.Waiting, PreviousSend.Scheduled, PreviousSend.Settled, PreviousSend.Waiting, PreviousSend.Settled);
    }

    [Theory, EveryStore]
    public async Task Duplicate_ToATopic_WaitsUntilEverySubscriptionHasSettledIt(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        ISubscription one = await harness.Broker.SubscribeAsync("orders", "one").Soon();
        ISubscription two = await harness.Broker.SubscribeAsync("orders", "two").Soon();
        IProducer<int> producer = harness.Broker.Topic("orders").Producer<int>();
        await producer.SendAsync(1, _named).Soon();

        await harness.DrainAsync<int>(one);
        (await producer.SendAsync(9, _named).Soon()).Previous.Should().Be(PreviousSend.Waiting);
        await harness.DrainAsync<int>(two);
        (await producer.SendAsync(9, _named).Soon()).Previous.Should().Be(PreviousSend.Settled);
    }

    [Theory, EveryStore]
    public async Task Duplicate_OfAnIdThatTheBrokerGave_IsScheduled(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        IProducer<int> producer = harness.Broker.Queue("orders").Producer<int>();
        Receipt first = await producer.SendAsync(1, new() { Delay = _minute }).Soon();

        Receipt again = await producer.SendAsync(1, new() { MessageId = first.MessageId }).Soon();
        (await harness.Broker.CancelAsync(first.MessageId).Soon()).Should().BeTrue();
        Receipt anew = await producer.SendAsync(2, new() { MessageId = first.MessageId }).Soon();

        (again.IsDuplicate, again.Previous).Should().Be((true, PreviousSend.Scheduled));
        (anew.IsDuplicate, anew.Previous).Should().Be((false, null));
        (await harness.DrainAsync<int>(harness.Broker.Queue("orders"))).Should().Equal(2);
    }

    [Theory, EveryStore]
    public async Task CancelAndSendAgain_FromManyThreads_EndsWithWhatTheReceiptsSay(StoreKind store)
    {
        const int Rounds = 60;
        await using var harness = await BrokerHarness.StartAsync(store);
        IQueue queue = harness.Broker.Queue("orders");
        IProducer<int> producer = queue.Producer<int>();
        int cancelled = 0;
        int sent = 0;
        async Task SendAsync()
        {
            for (int i = 0; i < Rounds; i++)
            {
                sent += (await producer.SendAsync(i, _later)).IsDuplicate ? 0 : 1;
            }
        }

        async Task CancelAsync()
        {
            for (int i = 0; i < Rounds; i++)
            {
                cancelled += await harness.Broker.CancelAsync(_id) ? 1 : 0;
            }
        }

        await Task.WhenAll(Task.Run(SendAsync), Task.Run(CancelAsync)).Soon();

        // As many as were new and not cancelled are there: none or one.
        queue.Statistics.Scheduled.Should().Be(sent - cancelled).And.BeInRange(0, 1);
        await harness.AdvanceAsync(_minute);
        (await harness.DrainAsync<int>(queue)).Should().HaveCount(sent - cancelled);
    }

    private static async Task<PreviousSend?> AgainAsync(BrokerHarness harness)
    {
        Receipt again = await harness.Broker.Queue("orders").Producer<int>().SendAsync(9, _named).Soon();
        again.IsDuplicate.Should().BeTrue();
        return again.Previous;
    }
}
