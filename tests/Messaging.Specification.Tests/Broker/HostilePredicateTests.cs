namespace Messaging.Specification.Tests.Broker;

/// <summary>Contract line 13: what a user gives to a redrive or purge may throw, call the broker, or never return; enumerations may be left.</summary>
public sealed class HostilePredicateTests
{
    [Theory, EveryStore]
    public async Task Redrive_WithAPredicateThatThrows_ThrowsAndKeepsWhatItHadNotReached(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        IQueue queue = await DeadAsync(harness, 5);

        await FluentActions.Awaiting(() => queue.DeadLetters.RedriveAsync(
            letter => letter.OriginalSequence == 3 ? throw new TimeoutException("mine") : true).Soon()).Should().ThrowAsync<TimeoutException>();

        queue.DeadLetters.Count.Should().Be(3);
        (await queue.DeadLetters.RedriveAsync().Soon()).Should().Be(3);
        (await harness.DrainAsync<int>(queue)).Should().Equal(1, 2, 3, 4, 5);
    }

    [Theory, EveryStore]
    public async Task Purge_WithAPredicateThatThrows_ThrowsAndKeepsWhatItHadNotReached(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        IQueue queue = await DeadAsync(harness, 5);

        await FluentActions.Awaiting(() => queue.DeadLetters.PurgeAsync(
            letter => letter.OriginalSequence == 3 ? throw new SpeechlessException() : true).Soon()).Should().ThrowAsync<SpeechlessException>();

        queue.DeadLetters.Count.Should().Be(3);
        (await queue.DeadLetters.PurgeAsync().Soon()).Should().Be(3);
    }

    [Theory, EveryStore]
    public async Task Redrive_WithAPredicateThatRedrivesAndCounts_MovesEachOnce(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        IQueue queue = await DeadAsync(harness, 5);
        long inner = 0;
        List<int> seen = [];

        long outer = await queue.DeadLetters.RedriveAsync(letter =>
        {
            seen.Add(letter.ReadBody<int>());
            queue.Statistics.Dead.Should().BeGreaterThan(0);
            inner += letter.OriginalSequence == 2 ? queue.DeadLetters.RedriveAsync().AsTask().GetAwaiter().GetResult() : 0;
            return true;
        }).Soon();

        (outer + inner).Should().Be(5);
        seen.Should().StartWith([1, 2]);
        queue.DeadLetters.Count.Should().Be(0);
        (await harness.DrainAsync<int>(queue)).Should().BeEquivalentTo([1, 2, 3, 4, 5]);
    }

    [Theory, EveryStore]
    public async Task Redrive_WithAPredicateThatHangs_HoldsNobodyElse(StoreKind store)
    {
        using var release = new ManualResetEventSlim();
        await using var harness = await BrokerHarness.StartAsync(store);
        IQueue queue = await DeadAsync(harness, 3);
        Task<long> hanging = Task.Run(() => queue.DeadLetters.RedriveAsync(_ =>
        {
            release.Wait();
            return true;
        }).AsTask());

        (await queue.DeadLetters.RedriveAsync().Soon()).Should().Be(3);
        (await harness.DrainAsync<int>(queue)).Should().Equal(1, 2, 3);

        release.Set();
        (await hanging.Soon()).Should().Be(0);
    }

    [Theory, EveryStore]
    public async Task Peek_LeftInTheMiddle_HoldsNothing(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        IQueue queue = await DeadAsync(harness, 3);
        IAsyncEnumerator<DeadLetter> left = queue.DeadLetters.PeekAsync().GetAsyncEnumerator();
        await left.MoveNextAsync().Soon();

        (await queue.DeadLetters.RedriveAsync().Soon()).Should().Be(3);

        (await harness.DrainAsync<int>(queue)).Should().Equal(1, 2, 3);
        left.Current.ReadBody<int>().Should().Be(1);
    }

    [Theory, EveryStore]
    public async Task ReadAll_LeftInTheMiddle_LosesNothing(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        IQueue queue = harness.Broker.Queue("orders", new QueueOptions { Retry = RetryPolicy.Fixed(TimeSpan.FromSeconds(1)) });
        for (int i = 1; i <= 3; i++)
        {
            await queue.Producer<int>().SendAsync(i).Soon();
        }

        IConsumer<int> consumer = queue.Consumer<int>();
        IAsyncEnumerator<Delivery<int>> left = consumer.ReadAllAsync().GetAsyncEnumerator();
        await left.MoveNextAsync().Soon();
        left.Current.Body.Should().Be(1);

        await harness.AdvanceAsync(TimeSpan.FromSeconds(40));
        await harness.AdvanceAsync(TimeSpan.FromSeconds(2));

        (await harness.DrainAsync<int>(queue)).Should().BeEquivalentTo([1, 2, 3]);
    }

    private static async Task<IQueue> DeadAsync(BrokerHarness harness, int count)
    {
        IQueue queue = harness.Broker.Queue("orders");
        IConsumer<int> consumer = queue.Consumer<int>();
        for (int i = 1; i <= count; i++)
        {
            await queue.Producer<int>().SendAsync(i).Soon();
            await (await consumer.NextAsync()).DeadLetterAsync("unwanted").Soon();
        }

        await consumer.DisposeAsync();
        return queue;
    }
}
