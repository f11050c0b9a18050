using System.Buffers;
using Messaging.Cursors;
using Messaging.Storage;
using Messaging.TestSupport;

namespace Messaging.Specification.Tests.Broker;

/// <summary>Contract line 13 for clocks: one that throws costs exactness, and nothing else; and what an older broker's clock has left behind can be read.</summary>
public sealed class HostileClockTests
{
    private static readonly TimeSpan _second = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan _lease = TimeSpan.FromSeconds(10);

    [Theory, EveryStore]
    public async Task Clock_ThatThrowsWhileATimerRings_LetsEverythingRingAllTheSame(StoreKind store)
    {
        (BrokerHarness harness, FaultyTime time) = await StartAsync(store);
        await using BrokerHarness _ = harness;
        IQueue queue = harness.Broker.Queue("orders", new() { Retry = RetryPolicy.Fixed(TimeSpan.Zero) });
        await queue.Producer<int>().SendAsync(1).Soon();
        IConsumer<int> consumer = queue.Consumer<int>(new() { LeaseDuration = _lease });
        await consumer.NextAsync();

        time.FailReads(1);
        await harness.AdvanceAsync(_lease);
        await harness.AdvanceAsync(TimeSpan.Zero);

        (await consumer.NextAsync()).Failures.Should().Be(1);
    }

    [Theory, EveryStore]
    public async Task Clock_ThatThrowsAtEachReading_StandsStillAndIsLoggedOnce(StoreKind store)
    {
        var log = new RecordingLog();
        (BrokerHarness harness, FaultyTime time) = await StartAsync(store, log);
        await using BrokerHarness _ = harness;
        IQueue queue = harness.Broker.Queue("orders");
        IConsumer<int> consumer = queue.Consumer<int>();

        time.FailReads(int.MaxValue);
        await queue.Producer<int>().SendAsync(1).Soon();
        Delivery<int> delivery = await consumer.NextAsync();
        (await delivery.AckAsync().Soon()).Should().Be(Settlement.Acked);
        delivery.SentAt.Should().Be(harness.Time.GetUtcNow());
        time.FailReads(0);

        await harness.AdvanceAsync(_second);
        await queue.Producer<int>().SendAsync(2).Soon();
        (await consumer.NextAsync()).SentAt.Should().Be(harness.Time.GetUtcNow(), "the clock works again");
        await HangGuard.UntilAsync(() => log.Lines.Any(static line => line.Contains(nameof(FaultyTime))));
        log.Lines.Count(static line => line.Contains(nameof(FaultyTime))).Should().Be(1);
    }

    [Theory, EveryStore]
    public async Task Timer_ThatCannotBeSetOnce_IsSetByItself(StoreKind store)
    {
        (BrokerHarness harness, FaultyTime time) = await StartAsync(store);
        await using BrokerHarness _ = harness;
        IQueue queue = harness.Broker.Queue("orders");

        time.FailChanges(1);
        await queue.Producer<int>().SendAsync(1, new() { Delay = _second }).Soon();
        await harness.SettleAsync();
        await harness.AdvanceAsync(_second);

        (await queue.Consumer<int>().NextAsync()).Body.Should().Be(1);
    }

    [Theory, EveryStore]
    public async Task Clock_NearTheEndOfTime_SendsAndLeasesAndWaits(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store, static options => options with
        {
            TimeProvider = new FaultyTime(new Messaging.Testing.VirtualTime(DateTimeOffset.MaxValue - TimeSpan.FromMinutes(1))),
        });
        IQueue queue = harness.Broker.Queue("orders", new() { Retry = RetryPolicy.Fixed(TimeSpan.FromDays(3_650)) });
        await queue.Producer<int>().SendAsync(1, new() { Delay = TimeSpan.FromDays(3_650) }).Soon();
        await queue.Producer<int>().SendAsync(2).Soon();
        IConsumer<int> consumer = queue.Consumer<int>(new() { LeaseDuration = TimeSpan.FromDays(7) });
        Delivery<int> delivery = await consumer.NextAsync();

        delivery.Extend(TimeSpan.FromDays(7)).Should().Be(Settlement.Extended);
        (await delivery.NackAsync().Soon()).Should().Be(Settlement.Nacked);

        await harness.SettleAsync();
        queue.Statistics.Should().BeEquivalentTo(new { Scheduled = 1, Waiting = 1, Ready = 0, Leased = 0 });
    }

    [Theory, ReopeningStores]
    public async Task DueTime_ThatAnOlderBrokerStoredBelowZero_IsDueAtOnce(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        await harness.Broker.Queue("orders").Producer<int>().SendBatchAsync([new(1), new(2)]).Soon();

        await harness.ChangeStoreAsync(contents =>
        {
            int id = contents.Entries.Single(static entry => entry is { Kind: StoreEntryKind.Queue, Name: "orders" }).Id;
            var state = new CursorState(1);
            state.Restore([], [KeyValuePair.Create(1L, new RetryCounts(1, 1, unchecked(DateTime.MaxValue.Ticks + TimeSpan.MaxValue.Ticks)))], next: 2);
            var bytes = new ArrayBufferWriter<byte>();
            CursorCodec.Write(bytes, state, [], activity: 0);
            var commit = new StoreCommit { Durability = Durability.Process, Closing = true };
            commit.Cursors.Add(new StoreCursor(id, id, bytes.WrittenMemory));
            return commit;
        });

        IConsumer<int> consumer = harness.Broker.Queue("orders").Consumer<int>();
        Delivery<int> delivery = await consumer.NextAsync();
        (delivery.Body, delivery.Attempt, delivery.Failures).Should().Be((1, 2, 1));
        (await consumer.NextAsync()).Body.Should().Be(2);
    }

    private static async Task<(BrokerHarness Harness, FaultyTime Time)> StartAsync(StoreKind store, RecordingLog? log = null)
    {
        FaultyTime? time = null;
        BrokerHarness harness = await BrokerHarness.StartAsync(store, options => options with
        {
            TimeProvider = time = new FaultyTime(options.TimeProvider),
            LoggerFactory = log ?? options.LoggerFactory,
        });
        return (harness, time!);
    }
}
