using System.Globalization;
using Messaging.Specification.Tests.Broker;
using Messaging.TestSupport;
using Messaging.Testing;

namespace Messaging.Specification.Tests.Crash;

/// <summary>Contract lines 1, 2 and 5 under SIGKILL: what was confirmed is kept, what was acknowledged stays away, and a crash counts.</summary>
public sealed class KillTests(ITestOutputHelper output) : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string File => _folder.File("broker.db");

    [Fact]
    public async Task Kill_TwentyTimesUnderTraffic_LosesNothingConfirmedAndRepeatsNothingAcked()
    {
        const int Kills = 20;
        int seed = Random.Shared.Next();
        output.WriteLine($"seed {seed}");
        var random = new Random(seed);
        var ledger = new TrafficLedger();
        for (int run = 0; run < Kills; run++)
        {
            await using WorkerProcess worker = WorkerProcess.Start("traffic", File, (run * 1_000_000).ToString(CultureInfo.InvariantCulture));
            await worker.ExpectLineAsync("OPEN");
            for (int lines = random.Next(1, 1_500); lines > 0; lines--)
            {
                ledger.Read(await worker.ReadLineAsync() ?? throw new InvalidOperationException(await worker.ErrorsAsync()));
            }

            foreach (string line in await worker.KillAsync())
            {
                ledger.Read(line);
            }
        }

        await using (MessageBroker broker = await MessageBroker.OpenAsync(File).Soon())
        {
            await DrainAsync(broker, ledger);
        }

        output.WriteLine(ledger.ToString());
        ledger.Problems.Should().BeEmpty($"seed {seed}");
        ledger.Missing(LeftUnsettled).Should().BeEmpty($"these were confirmed and are gone, seed {seed}");
        ledger.UnconfirmedAcks(LeftUnsettled).Should().BeLessThanOrEqualTo(8 * Kills, $"each kill interrupts eight consumers at most, seed {seed}");
        ledger.ConfirmedSends.Should().BeGreaterThan(Kills, "there was something to lose");
        ledger.ConfirmedAcks.Should().BeGreaterThan(Kills);
    }

    [Fact]
    public async Task Kill_WhileAHandlerRuns_CountsAsAFailureOfThatMessageOnly()
    {
        await using (MessageBroker broker = await MessageBroker.OpenAsync(File).Soon())
        {
            await broker.Queue("orders").Producer<string>().SendBatchAsync([new("first"), new("second"), new("third")]).Soon();
        }

        await using (WorkerProcess worker = WorkerProcess.Start("block", File))
        {
            await worker.ExpectLineAsync("H first");
            await worker.KillAsync();
        }

        // A century later every retry delay is over, whatever the worker's clock said.
        var time = new VirtualTime();
        time.Advance(TimeSpan.FromDays(36_500));
        await using MessageBroker again = await MessageBroker.OpenAsync(File, new BrokerOptions { TimeProvider = time }).Soon();
        await again.WhenIdleAsync().Soon();
        IConsumer<string> consumer = again.Queue("orders").Consumer<string>();
        List<Delivery<string>> all = [await consumer.NextAsync(), await consumer.NextAsync(), await consumer.NextAsync()];

        all.Select(d => (d.Body, d.Failures)).Should().BeEquivalentTo([("first", 1), ("second", 0), ("third", 0)]);
        all.Single(d => d.Body == "first").Attempt.Should().Be(2);
    }

    [Fact]
    public async Task Poison_ThatKillsTheProcessEachTime_IsDeadLetteredAtTheLimit()
    {
        await using (MessageBroker first = await MessageBroker.OpenAsync(File).Soon())
        {
            await first.Queue("orders").Producer<string>().SendBatchAsync([new("poison"), new("healthy")]).Soon();
        }

        int deaths = 0;
        bool survived = false;
        while (!survived && deaths < 10)
        {
            await using WorkerProcess worker = WorkerProcess.Start("poison", File);
            survived = await worker.EndAsync() == 0;
            deaths += survived ? 0 : 1;
        }

        output.WriteLine($"{deaths} deaths");
        deaths.Should().BeInRange(3, 4, "the limit is three failures, and the very first crash may go uncounted");
        await using MessageBroker broker = await MessageBroker.OpenAsync(File).Soon();
        DeadLetter dead = (await broker.Queue("orders").DeadLetters.PeekAsync().ToListAsync()).Single();
        dead.ReadBody<string>().Should().Be("poison");
        (dead.Reason, dead.Failures).Should().Be((DeadLetterReason.RetriesExhausted, 3));
    }

    [Fact]
    public async Task SecondProcess_OnAFileInUse_IsRefusedUntilTheFirstIsGone()
    {
        await using WorkerProcess holder = WorkerProcess.Start("hold", File);
        await holder.ExpectLineAsync("OPEN");

        StoreInUseException error = (await FluentActions.Awaiting(() => MessageBroker.OpenAsync(File).Soon())
            .Should().ThrowAsync<StoreInUseException>()).Which;

        error.Message.Should().Contain(File).And.Contain("open in another broker");
        await holder.KillAsync();
        await using MessageBroker broker = await MessageBroker.OpenAsync(File).Soon();
        await using WorkerProcess second = WorkerProcess.Start("hold", File);
        await second.ExpectLineAsync("IN USE");
        (await second.EndAsync()).Should().Be(3);
        (await broker.Queue("orders").Producer<int>().SendAsync(1).Soon()).Sequence.Should().Be(1);
    }

    /// <summary>Who deletes a lock file lets a second process in; from then on the first one confirms nothing, and what it had confirmed is the other's.</summary>
    [Fact]
    public async Task SecondProcess_OnAFileWhoseLockFileWasDeleted_FencesTheFirstOne()
    {
        const int Confirmed = 100;
        await using (MessageBroker first = await MessageBroker.OpenAsync(File).Soon())
        {
            IProducer<int> producer = first.Queue("orders").Producer<int>();
            for (int number = 0; number < Confirmed; number++)
            {
                await producer.SendAsync(number).Soon();
            }

            System.IO.File.Delete(File + "-lock");
            await using WorkerProcess second = WorkerProcess.Start("hold", File);
            await second.ExpectLineAsync("OPEN");

            StoreException refused = (await FluentActions.Awaiting(() => producer.SendAsync(Confirmed).AsTask().Soon()).Should()
                .ThrowAsync<StoreException>().WithMessage("*another broker has opened it since*")).Which;
            (refused is StoreOutcomeUnknownException, refused.MustReopen).Should().Be((false, true));
            await first.DisposeAsync().AsTask().Soon();

            await using WorkerProcess third = WorkerProcess.Start("hold", File);
            await third.ExpectLineAsync("IN USE");
            await second.KillAsync();
        }

        await using MessageBroker last = await MessageBroker.OpenAsync(File).Soon();
        await using IConsumer<int> all = last.Queue("orders").Consumer<int>();
        for (int number = 0; number < Confirmed; number++)
        {
            (await all.NextAsync()).Body.Should().Be(number);
        }

        await last.WhenIdleAsync().Soon();
        all.TryReceive(out _).Should().BeFalse("what was refused is not there");
    }

    public void Dispose() => _folder.Dispose();

    /// <summary>The worker's rule for the messages that it does not settle.</summary>
    private static bool LeftUnsettled(int number) => number % 5 == 0;

    private static async Task DrainAsync(MessageBroker broker, TrafficLedger ledger)
    {
        IQueue queue = broker.Queue("traffic", new() { Retry = RetryPolicy.Fixed(TimeSpan.Zero, 1_000_000) });
        await using IConsumer<int> consumer = queue.Consumer<int>();
        await broker.WhenIdleAsync().Soon();
        long expected = queue.Statistics.Ready + queue.Statistics.Waiting;
        for (long i = 0; i < expected; i++)
        {
            Delivery<int> delivery = await consumer.NextAsync();
            ledger.Read(string.Create(CultureInfo.InvariantCulture, $"E {delivery.Body}"));
            (await delivery.AckAsync().Soon()).Should().Be(Settlement.Acked);
        }

        await broker.WhenIdleAsync().Soon();
        consumer.TryReceive(out _).Should().BeFalse("all that the counts told of was received");
        queue.DeadLetters.Count.Should().Be(0);
    }
}
