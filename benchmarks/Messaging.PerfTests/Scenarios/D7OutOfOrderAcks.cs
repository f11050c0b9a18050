using System.Diagnostics;
using Messaging.PerfTests.Reporting;
using Messaging.PerfTests.Running;
using Messaging.Sqlite;

namespace Messaging.PerfTests.Scenarios;

/// <summary>A million durable acknowledgements out of order, against the same in order; and the opening of a file that was closed in the middle of it.</summary>
/// <remarks>Odd numbers first: the even ones are held until the subscription gives nothing more, since it bounds what is settled
/// above what is not. At random: one of the ten thousand in hand.</remarks>
internal sealed class D7OutOfOrderAcks : IScenario
{
    private const long Messages = 1_000_000;
    private const long MessagesQuickly = 100_000;
    private const int Window = 10_000;
    private const int Seed = 7;
    private const double Megabyte = 1 << 20;
    private const double MostMilliseconds = 10;
    private const string Queue = "d7";

    private static readonly QueueOptions _queue = new() { Capacity = 2 * Messages };

    public string Id => "D7";

    public async Task<ScenarioResult> RunAsync(RunOptions options)
    {
        long messages = options.Quick ? MessagesQuickly : Messages;
        var comparisons = new List<ComparisonRow>();
        var limits = new List<LimitRow>();
        Contender inOrder = new("in order", (n, ct) => AckAsync("in order", options.Folder, AckOrder.InOrder(), n, limits: null, ct));
        foreach ((string name, Func<AckOrder> order) in new (string, Func<AckOrder>)[]
        {
            ("odd numbers first", AckOrder.OddFirst),
            ($"at random within {Window:N0}, seed {Seed}", static () => AckOrder.Shuffled(Window, Seed)),
        })
        {
            List<LimitRow> last = [];
            Comparison result = await new Contest(Id, options).RunFixedAsync(
                messages, inOrder, new Contender(name, (n, ct) => AckAsync(name, options.Folder, order(), n, last, ct)));
            comparisons.Add(ComparisonRow.OfRates(Id, result, Target.None));
            limits.AddRange(last);
        }

        if (!options.Noise)
        {
            limits.AddRange(await HangGuard.RunAsync("D7 opening", options.LongHangLimit, ct => OpenAsync(options, messages, ct)));
        }

        return new ScenarioResult(comparisons, limits);
    }

    /// <summary>Fills a queue, then measures the acknowledgements alone.</summary>
    private async Task<Measurement> AckAsync(
        string name, string folder, AckOrder order, long messages, List<LimitRow>? limits, CancellationToken cancellationToken)
    {
        using var scratch = new ScratchFolder(folder);
        string file = scratch.File("acks.db");
        await Backlog.CreateAsync(file, Queue, _queue, messages, cancellationToken);
        double before = new FileInfo(file).Length;
        var ledger = new AckLedger(messages);
        var consumer = new OutOfOrderConsumer(order, ledger, messages);
        var store = new TimedStore(new SqliteMessageStore(file));
        Measurement measured;
        await using (MessageBroker broker = await MessageBroker.OpenAsync(store, cancellationToken: cancellationToken))
        {
            Meter meter = Meter.Start();
            await consumer.RunAsync(broker.Queue(Queue, _queue), cancellationToken);
            measured = meter.Stop(messages);
        }

        ledger.Verify(receipts: messages);
        await Backlog.VerifyEmptyAsync(file, Queue, cancellationToken);
        limits?.Clear();
        limits?.AddRange([
            new LimitRow(Id, $"{name}: largest state of the cursor", "KB", null, store.Read().MostCursorBytes / 1024.0, Target.None),
            new LimitRow(Id, $"{name}: most held", "messages", new Beside("stops of the subscription", consumer.Stops), consumer.MostHeld, Target.None),
            new LimitRow(Id, $"{name}: file grown", "MB", null, (new FileInfo(file).Length - before) / Megabyte, Target.None),
        ]);
        return measured;
    }

    /// <summary>Closes one file when the subscription has stopped because of all the even numbers that are held, another with
    /// as many acknowledged in order, and opens them in turn.</summary>
    private async Task<IReadOnlyList<LimitRow>> OpenAsync(RunOptions options, long messages, CancellationToken cancellationToken)
    {
        using var scratch = new ScratchFolder(options.Folder);
        string holed = scratch.File("holed.db");
        string plain = scratch.File("plain.db");
        var ledger = new AckLedger(messages);
        var stopped = new OutOfOrderConsumer(AckOrder.OddFirst(), ledger, messages);
        foreach (string file in (string[])[holed, plain])
        {
            await Backlog.CreateAsync(file, Queue, _queue, messages, cancellationToken);
        }

        long cursorBytes = await UseAsync(holed, queue => stopped.RunUntilStoppedAsync(queue, cancellationToken), cancellationToken);
        long acked = ledger.Acked;
        var some = new AckLedger(messages);
        await UseAsync(plain, queue => AckSomeAsync(queue, some, acked, cancellationToken), cancellationToken);

        var times = (Holed: new List<double>(), Plain: new List<double>());
        for (int round = 0; round <= options.Rounds; round++)
        {
            double ours = await TimeOpeningAsync(holed, messages - acked, cancellationToken);
            double theirs = await TimeOpeningAsync(plain, messages - acked, cancellationToken);
            if (round > 0)
            {
                times.Holed.Add(ours);
                times.Plain.Add(theirs);
            }
        }

        // The ledger refuses whatever was acknowledged before.
        long receipts = ledger.Receipts;
        ledger.BeginSession();
        var rest = new OutOfOrderConsumer(AckOrder.OddFirst(), ledger, messages);
        await UseAsync(holed, queue => rest.RunAsync(queue, cancellationToken), cancellationToken);
        ledger.Verify(receipts + messages - acked);
        await Backlog.VerifyEmptyAsync(holed, Queue, cancellationToken);
        return
        [
            new LimitRow(
                Id,
                $"open with {acked:N0} odd numbers acknowledged, {messages - acked:N0} waiting",
                "ms",
                new Beside("acknowledged in order", Median.Of(times.Plain)),
                Median.Of(times.Holed),
                Target.Promise(MostMilliseconds)),
            new LimitRow(Id, "state of the cursor then", "KB", null, cursorBytes / 1024.0, Target.None),
        ];
    }

    /// <summary>Opens a file, uses its queue and closes it.</summary>
    /// <returns>The size of the largest state of the cursor.</returns>
    private static async Task<long> UseAsync(string file, Func<IQueue, Task> use, CancellationToken cancellationToken)
    {
        var store = new TimedStore(new SqliteMessageStore(file));
        await using (MessageBroker broker = await MessageBroker.OpenAsync(store, cancellationToken: cancellationToken))
        {
            await use(broker.Queue(Queue, _queue));
        }

        return store.Read().MostCursorBytes;
    }

    private static async Task AckSomeAsync(IQueue queue, AckLedger ledger, long count, CancellationToken cancellationToken)
    {
        var acks = new AckWindow(ledger);
        await using IConsumer<ReadOnlyMemory<byte>> consumer = queue.Consumer<ReadOnlyMemory<byte>>();
        for (long i = 0; i < count; i++)
        {
            Delivery<ReadOnlyMemory<byte>> delivery = await consumer.ReceiveAsync(cancellationToken);
            long number = RawBody.NumberOf(delivery.Body);
            ledger.Receive(number);
            await acks.AckAsync(number, delivery);
        }

        await acks.DrainAsync();
    }

    private static async Task<double> TimeOpeningAsync(string file, long waiting, CancellationToken cancellationToken)
    {
        long started = Stopwatch.GetTimestamp();
        await using MessageBroker broker = await MessageBroker.OpenAsync(file, cancellationToken: cancellationToken);
        SubscriptionStatistics s = broker.Queue(Queue, _queue).Statistics;
        TimeSpan opening = Stopwatch.GetElapsedTime(started);
        WrongResultException.ThrowUnless(s.Ready == waiting, $"{waiting:N0} messages should wait: {s}.");
        return opening.TotalMilliseconds;
    }
}
