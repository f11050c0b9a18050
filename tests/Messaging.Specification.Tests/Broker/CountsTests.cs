using System.Collections.Concurrent;
using Messaging.TestSupport;
using Messaging.Testing;

namespace Messaging.Specification.Tests.Broker;

/// <summary>A message that moves is in exactly one count, whenever somebody reads them.</summary>
public sealed class CountsTests : IAsyncDisposable
{
    private const int Messages = 16;

    private readonly FaultyStore _store = new();
    private readonly VirtualTime _time = new();
    private MessageBroker? _broker;

    [Fact]
    public async Task DeadLetter_WhileItsCommitIsMade_CountsAsLeased()
    {
        (MessageBroker broker, IQueue queue) = await OpenAsync();
        await queue.Producer<int>().SendAsync(1).Soon();
        Delivery<int> delivery = await queue.Consumer<int>().NextAsync();
        await broker.WhenIdleAsync().Soon();

        await VerifyAroundCommitAsync(queue, () => delivery.DeadLetterAsync("no").AsTask(), new() { Leased = 1, Delivered = 1 });

        queue.Statistics.Should().Be(new SubscriptionStatistics { Dead = 1, Delivered = 1 });
    }

    [Fact]
    public async Task Redrive_WhileItsCommitIsMade_CountsAsDead()
    {
        (MessageBroker broker, IQueue queue) = await OpenAsync();
        await queue.Producer<int>().SendAsync(1).Soon();
        await (await queue.Consumer<int>().NextAsync()).DeadLetterAsync("no").Soon();
        await broker.WhenIdleAsync().Soon();

        await VerifyAroundCommitAsync(queue, () => queue.DeadLetters.RedriveAsync().AsTask(), new() { Dead = 1, Delivered = 1 });

        queue.Statistics.Should().Be(new SubscriptionStatistics { Ready = 1, Delivered = 1 });
    }

    [Fact]
    public async Task RedriveToASubscription_WhileItsCommitIsMade_CountsAsDead()
    {
        (MessageBroker broker, _) = await OpenAsync();
        ISubscription billing = await broker.SubscribeAsync("orders", "billing").Soon();
        await broker.Topic("orders").Producer<int>().SendAsync(1).Soon();
        await (await billing.Consumer<int>().NextAsync()).DeadLetterAsync("no").Soon();
        await broker.WhenIdleAsync().Soon();

        await VerifyAroundCommitAsync(billing, () => billing.DeadLetters.RedriveAsync().AsTask(), new() { Dead = 1, Delivered = 1 });

        billing.Statistics.Should().Be(new SubscriptionStatistics { Ready = 1, Delivered = 1 });
    }

    [Fact]
    public async Task Due_WhileItsCommitIsMade_CountsAsScheduled()
    {
        (MessageBroker broker, IQueue queue) = await OpenAsync();
        await queue.Producer<int>().SendAsync(1, new() { Delay = TimeSpan.FromMinutes(1) }).Soon();
        await broker.WhenIdleAsync().Soon();

        await VerifyAroundCommitAsync(
            queue,
            () =>
            {
                _time.Advance(TimeSpan.FromMinutes(1));
                return Task.CompletedTask;
            },
            new() { Scheduled = 1 });

        await broker.WhenIdleAsync().Soon();
        queue.Statistics.Should().Be(new SubscriptionStatistics { Ready = 1 });
    }

    [Fact]
    public async Task EvictionToTheDeadLetters_WhileItsCommitIsMade_CountsAsLeased()
    {
        (MessageBroker broker, _) = await OpenAsync();
        IQueue queue = broker.Queue("bounded", new() { Backlog = new() { MaxMessages = 1, Action = BacklogAction.DeadLetterOldest } });
        await queue.Producer<int>().SendAsync(1).Soon();
        await broker.WhenIdleAsync().Soon();
        var seen = new ConcurrentQueue<SubscriptionStatistics>();
        _store.Stored = () => seen.Enqueue(queue.Statistics);

        await queue.Producer<int>().SendAsync(2).Soon();
        await broker.WhenIdleAsync().Soon();

        _store.Stored = null;
        seen.Should().Contain(new SubscriptionStatistics { Ready = 1, Leased = 1 }, "the oldest is on its way");
        queue.Statistics.Should().Be(new SubscriptionStatistics { Ready = 1, Dead = 1 });
    }

    [Theory, EveryStore]
    public async Task Sum_WhileMessagesGoToTheDeadLettersAndBack_IsNeverWrong(StoreKind store)
    {
        const int Rounds = 12;
        await using var harness = await BrokerHarness.StartAsync(store);
        IQueue queue = harness.Broker.Queue("orders");
        await queue.Producer<int>().SendBatchAsync([.. Enumerable.Range(1, Messages).Select(i => new Message<int>(i))]).Soon();

        await VerifySumAsync(queue, async () =>
        {
            for (int round = 0; round < Rounds; round++)
            {
                await using IConsumer<int> consumer = queue.Consumer<int>();
                var settling = new List<Task<Settlement>>();
                for (int i = 0; i < Messages; i++)
                {
                    settling.Add((await consumer.NextAsync()).DeadLetterAsync("no").AsTask());
                }

                await Task.WhenAll(settling).Soon();
                (await queue.DeadLetters.RedriveAsync().Soon()).Should().Be(Messages);
            }
        });

        await harness.SettleAsync();
        queue.Statistics.Ready.Should().Be(Messages);
    }

    [Theory, EveryStore]
    public async Task Sum_WhileHandlersFailForGood_IsNeverWrong(StoreKind store)
    {
        const int Rounds = 6;
        await using var harness = await BrokerHarness.StartAsync(store);
        IQueue queue = harness.Broker.Queue("orders", new() { Retry = RetryPolicy.None });
        await queue.Producer<int>().SendBatchAsync([.. Enumerable.Range(1, Messages).Select(i => new Message<int>(i))]).Soon();

        await VerifySumAsync(queue, async () =>
        {
            for (int round = 0; round < Rounds; round++)
            {
                await using (queue.Handle<int>((_, _) => throw new InvalidTimeZoneException(), new() { Concurrency = 4 }))
                {
                    await HangGuard.UntilAsync(() => queue.DeadLetters.Count == Messages);
                }

                await queue.DeadLetters.RedriveAsync().Soon();
            }
        });
    }

    [Theory, EveryStore]
    public async Task Sum_WhileMessagesBecomeDue_IsNeverWrong(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        IQueue queue = harness.Broker.Queue("orders");
        await queue.Producer<int>().SendBatchAsync(
            [.. Enumerable.Range(1, Messages).Select(i => new Message<int>(i, new() { Delay = TimeSpan.FromSeconds(i) }))]).Soon();

        await VerifySumAsync(queue, async () =>
        {
            for (int i = 0; i < Messages; i++)
            {
                await harness.AdvanceAsync(TimeSpan.FromSeconds(1));
            }
        });

        queue.Statistics.Should().Be(new SubscriptionStatistics { Ready = Messages });
    }

    [Theory, EveryStore]
    public async Task Sum_WhileMessagesAreGivenUpWithoutDeadLetters_IsNeverWrong(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        IQueue queue = harness.Broker.Queue("orders", new() { DeadLetter = false });
        await queue.Producer<int>().SendBatchAsync([.. Enumerable.Range(1, Messages).Select(i => new Message<int>(i))]).Soon();
        IConsumer<int> consumer = queue.Consumer<int>();

        await VerifySumAsync(queue, async () =>
        {
            for (int i = 0; i < Messages; i++)
            {
                await (await consumer.NextAsync()).DeadLetterAsync("no").Soon();
            }
        });

        queue.Statistics.Should().Be(new SubscriptionStatistics { Dropped = Messages, Delivered = Messages });
    }

    public async ValueTask DisposeAsync()
    {
        _store.Stored = null;
        _store.ReleaseCommits();
        if (_broker is not null)
        {
            await _broker.DisposeAsync().Soon();
        }
    }

    /// <summary>Verifies the counts when a commit has been composed and is not stored, and when it is stored and not published.</summary>
    private async Task VerifyAroundCommitAsync(ISubscription subscription, Func<Task> move, SubscriptionStatistics meanwhile)
    {
        var stored = new TaskCompletionSource<SubscriptionStatistics>(TaskCreationOptions.RunContinuationsAsynchronously);
        _store.Stored = () => stored.TrySetResult(subscription.Statistics);
        _store.HoldCommits();

        Task moving = move();

        await _store.CommitReached.Soon();
        subscription.Statistics.Should().Be(meanwhile, "its commit is being made");
        subscription.DeadLetters.Count.Should().Be(meanwhile.Dead);
        _store.ReleaseCommits();
        (await stored.Task.Soon()).Should().Be(meanwhile, "its commit is not published");
        await moving.Soon();
    }

    /// <summary>Reads the counts as often as possible while messages move, none of which comes or goes.</summary>
    private static async Task VerifySumAsync(ISubscription subscription, Func<Task> move)
    {
        var wrong = new ConcurrentQueue<SubscriptionStatistics>();
        using var over = new CancellationTokenSource();
        using var begun = new SemaphoreSlim(0);
        Task observer = Task.Factory.StartNew(
            () =>
            {
                do
                {
                    SubscriptionStatistics counts = subscription.Statistics;
                    if (counts.Ready + counts.Leased + counts.Waiting + counts.Dead + counts.Scheduled + counts.Dropped != Messages)
                    {
                        wrong.Enqueue(counts);
                    }

                    if (begun.CurrentCount == 0)
                    {
                        begun.Release();
                    }
                }
                while (!over.IsCancellationRequested);
            },
            CancellationToken.None,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default);
        await begun.WaitAsync(HangGuard.Limit);
        try
        {
            await move();
        }
        finally
        {
            await over.CancelAsync();
            await observer.Soon();
        }

        wrong.Should().BeEmpty();
    }

    private async Task<(MessageBroker Broker, IQueue Queue)> OpenAsync()
    {
        _broker = await MessageBroker.OpenAsync(_store, new BrokerOptions { TimeProvider = _time }).Soon();
        return (_broker, _broker.Queue("orders"));
    }
}
