namespace Messaging.Specification.Tests.Broker;

/// <summary>Contract line 13: options hold policies of the user's, which are compared and described without a lock.</summary>
public sealed class HostileOptionTests
{
    [Theory, EveryStore]
    public async Task Queue_WithAPolicyThatAsksTheBrokerFromAnotherThread_IsCompared(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        MessageBroker broker = harness.Broker;
        int answers = 0;
        RetryPolicy Policy() => new HostileRetry(() => Answers(Task.Run(() => broker.Queue("other")), ref answers), () => "mine");
        broker.Queue("orders", new QueueOptions { Retry = Policy() });

        broker.Queue("orders", new QueueOptions { Retry = Policy() }).Name.Should().Be("orders");

        answers.Should().Be(1);
    }

    [Theory, EveryStore]
    public async Task Subscribe_WithAPolicyThatAsksTheBrokerFromAnotherThread_IsCompared(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        MessageBroker broker = harness.Broker;
        int answers = 0;
        RetryPolicy Policy() => new HostileRetry(() => Answers(Task.Run(() => broker.Topic("other")), ref answers), () => "mine");
        await broker.SubscribeAsync("orders.#", "billing", new SubscriptionOptions { Retry = Policy() }).Soon();

        await broker.SubscribeAsync("orders.#", "billing", new SubscriptionOptions { Retry = Policy() }).Soon();

        answers.Should().Be(1);
    }

    [Theory, EveryStore]
    public async Task Queue_InUseWithAPolicyThatCannotDescribeItself_IsRefusedWithAClearText(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        harness.Broker.Queue("orders", new QueueOptions { Retry = new HostileRetry(() => false, () => throw new SpeechlessException()) });

        FluentActions.Invoking(() => harness.Broker.Queue("orders", new QueueOptions { Capacity = 7 }))
            .Should().Throw<InvalidOperationException>().WithMessage("The queue 'orders' is in use with other options: Retry is *HostileRetry*Capacity is 1,000,000, not 7. Give options with the first use of a queue*");
        harness.Broker.Queue("orders").Name.Should().Be("orders");
    }

    [Theory, EveryStore]
    public async Task Queue_WithAPolicyThatThrowsWhenItIsCompared_ThrowsAndTheBrokerGoesOn(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        harness.Broker.Queue("orders", new QueueOptions { Retry = new HostileRetry(() => true, () => "theirs") });
        var mine = new QueueOptions { Retry = new HostileRetry(() => throw new TimeoutException("mine"), () => "mine") };

        FluentActions.Invoking(() => harness.Broker.Queue("orders", mine)).Should().Throw<TimeoutException>();

        await harness.Broker.Queue("orders").Producer<int>().SendAsync(1).Soon();
        (await harness.DrainAsync<int>(harness.Broker.Queue("orders"))).Should().Equal(1);
    }

    private static bool Answers(Task task, ref int answers)
    {
        bool answered = task.Wait(TimeSpan.FromSeconds(5));
        answers += answered ? 1 : 0;
        return true;
    }
}
