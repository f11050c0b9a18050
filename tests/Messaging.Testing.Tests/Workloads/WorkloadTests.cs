using Messaging.Testing.Checkers;
using Messaging.Testing.Faults;
using Messaging.Testing.Histories;
using Messaging.Testing.Workloads;
using Messaging.TestSupport;

namespace Messaging.Testing.Tests.Workloads;

/// <summary>A workload drives any broker on any clock, and its history holds.</summary>
public sealed class WorkloadTests(ITestOutputHelper output)
{
    private const int Seed = 17;

    [Fact]
    public async Task Workload_OnABrokerInMemory_BreaksNoInvariant()
    {
        await using MessageBroker broker = MessageBroker.InMemory();
        var workload = new Workload(options: Options(600));

        (await workload.LiveAsync(broker)).Should().Be(LifeEnd.Done);
        await workload.DrainAsync(broker);

        workload.Taken.Should().Be(600);
        Verify(workload);
    }

    [Fact]
    public async Task Workload_OnAFileThatIsOpenedAgain_BreaksNoInvariant()
    {
        using var folder = new TemporaryFolder();
        var workload = new Workload(options: Options(600));
        using var half = new CancellationTokenSource();
        workload.Told = _ =>
        {
            if (workload.Taken > 300)
            {
                half.Cancel();
            }
        };
        await using (MessageBroker first = await MessageBroker.OpenAsync(folder.File("work.db")))
        {
            (await workload.LiveAsync(first, half.Token)).Should().Be(LifeEnd.Stopped);
        }

        workload.Close();
        await using MessageBroker second = await MessageBroker.OpenAsync(folder.File("work.db"));
        (await workload.LiveAsync(second)).Should().Be(LifeEnd.Done);
        await workload.DrainAsync(second);

        Verify(workload);
    }

    [Fact]
    public async Task Workload_OnATestBrokerThatCrashes_BreaksNoInvariant()
    {
        await using var test = TestBroker.Start(new TestBrokerOptions { Seed = Seed });
        var workload = new Workload(test.Time, Options(600));
        // The store is cut off at that place: what the clients still do cannot change what the history must explain.
        test.Faults.CrashAt(CrashPoints.CommitBegins, nth: 60);
        LifeEnd end = await PassTimeAsync(test, workload.LiveAsync(test.Broker));
        test.HasCrashed.Should().BeTrue();
        end.Should().Be(LifeEnd.Failed);
        workload.Crash("before a commit");
        await test.CrashAndReopenAsync();
        (await PassTimeAsync(test, workload.LiveAsync(test.Broker))).Should().Be(LifeEnd.Done);
        await PassTimeAsync(test, DrainAsync());

        workload.History.Of(HistoryOperation.Crash).Should().ContainSingle();
        Verify(workload);

        async Task<bool> DrainAsync()
        {
            await workload.DrainAsync(test.Broker);
            return true;
        }
    }

    [Fact]
    public async Task DrainAsync_StoreThatFailsMeanwhile_EndsAtOnce()
    {
        var hour = TimeSpan.FromHours(1);
        var limit = TimeSpan.FromSeconds(30);
        var time = new WatchedTime(hour);
        var store = new FaultStore(new InMemoryMessageStore());
        await using MessageBroker broker = await MessageBroker.OpenAsync(store, new BrokerOptions { TimeProvider = time });
        var workload = new Workload(time, Options(1) with { LongestDelay = hour });
        Task draining = workload.DrainAsync(broker);
        await time.Waiting.WaitAsync(limit);

        // It waits for an hour, which does not pass.
        store.Sever();
        await Assert.ThrowsAnyAsync<StoreException>(() => broker.Queue("other").Producer<int>().SendAsync(1).AsTask());

        (await Assert.ThrowsAnyAsync<StoreException>(() => draining.WaitAsync(limit))).MustReopen.Should().BeTrue();
    }

    [Fact]
    public async Task History_OfAWorkload_TellsOfEachKindOfThing()
    {
        await using MessageBroker broker = MessageBroker.InMemory();
        var workload = new Workload(options: Options(6_000) with { LongestPause = TimeSpan.FromMilliseconds(2) });
        await workload.LiveAsync(broker);
        await workload.DrainAsync(broker);

        HistoryOperation[] cannotHappen =
        [
            HistoryOperation.LeaseEnd, HistoryOperation.Crash, HistoryOperation.Close, HistoryOperation.SetClock, HistoryOperation.Drop, HistoryOperation.Found,
        ];
        workload.History.Events.Select(happened => happened.Operation).Distinct()
            .Should().BeEquivalentTo(Enum.GetValues<HistoryOperation>().Except(cannotHappen));
        History.Load(new StringReader(workload.History.ToString())).Events.Should().Equal(workload.History.Events, "it is text, too");
    }

    [Fact]
    public async Task Told_EachEvent_IsToldInOrder()
    {
        await using MessageBroker broker = MessageBroker.InMemory();
        var told = new List<HistoryEvent>();
        var workload = new Workload(options: Options(100)) { Told = told.Add };

        await workload.LiveAsync(broker);

        told.Should().Equal(workload.History.Events);
    }

    [Fact]
    public async Task LiveAsync_OfTheKindsThatHaveAShareOnly_DoesNothingElse()
    {
        await using MessageBroker broker = MessageBroker.InMemory();
        var shares = new WorkloadShares { SendWithId = 0, SendBatch = 0, SendDelayed = 0, SendAndCancel = 0 };
        var workload = new Workload(options: Options(100) with { Takers = 0, Handlers = 0, Upkeep = false, Shares = shares });

        await workload.LiveAsync(broker);

        workload.History.Of(HistoryOperation.Send).Should().HaveCount(200, "each is told of before and after")
            .And.OnlyContain(send => send.Batch == "" && send.Due == 0 && !send.Message.EndsWith("-id"));
        workload.History.Of(HistoryOperation.Deliver, HistoryOperation.Redrive, HistoryOperation.Unsubscribe).Should().BeEmpty();
    }

    [Fact]
    public async Task LiveAsync_BrokerIsClosedUnderTheClients_StopsWithoutContradictions()
    {
        var broker = MessageBroker.InMemory();
        var workload = new Workload(options: Options(100_000));
        Task<LifeEnd> living = workload.LiveAsync(broker);
        var many = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        workload.Told = _ =>
        {
            if (workload.Taken > 200)
            {
                many.TrySetResult();
            }
        };
        await many.Task;

        await broker.DisposeAsync();

        (await living).Should().Be(LifeEnd.Stopped);
        workload.Close();
        Checker.Check(workload.History).Where(violation => violation.Invariant != "I1").Should().BeEmpty("but for what was in memory");
    }

    [Fact]
    public async Task LiveAsync_WhileClientsAreAtWorkElsewhere_IsRefused()
    {
        await using MessageBroker broker = MessageBroker.InMemory();
        var workload = new Workload(options: Options(1_000_000));
        using var end = new CancellationTokenSource();
        Task<LifeEnd> living = workload.LiveAsync(broker, end.Token);

        await FluentActions.Awaiting(() => workload.LiveAsync(broker)).Should().ThrowAsync<InvalidOperationException>();
        await FluentActions.Awaiting(() => workload.DrainAsync(broker)).Should().ThrowAsync<InvalidOperationException>();

        await end.CancelAsync();
        (await living).Should().Be(LifeEnd.Stopped);
    }

    [Fact]
    public void Options_OutOfRange_AreRefused()
    {
        Action[] wrong =
        [
            () => _ = new WorkloadOptions { Operations = 0 },
            () => _ = new WorkloadOptions { Senders = -1 },
            () => _ = new WorkloadOptions { Takers = 1_001 },
            () => _ = new WorkloadOptions { Handlers = -1 },
            () => _ = new WorkloadOptions { Lease = TimeSpan.Zero },
            () => _ = new WorkloadOptions { LongestDelay = TimeSpan.Zero },
            () => _ = new WorkloadOptions { LongestPause = TimeSpan.FromTicks(-1) },
            () => _ = new WorkloadOptions { DrainLimit = TimeSpan.FromHours(2) },
            () => _ = new WorkloadShares { Ack = -1 },
            () => _ = new WorkloadShares { Visit = 1_000_001 },
        ];

        wrong.Should().AllSatisfy(action => action.Should().Throw<ArgumentOutOfRangeException>());
        FluentActions.Invoking(() => new WorkloadOptions { Shares = null! }).Should().Throw<ArgumentNullException>();
    }

    private static WorkloadOptions Options(int operations) => new() { Seed = Seed, Operations = operations };

    private static async Task<T> PassTimeAsync<T>(TestBroker test, Task<T> task)
    {
        while (!task.IsCompleted)
        {
            await test.AdvanceToNextAsync();
            await Task.Yield();
        }

        return await task;
    }

    private void Verify(Workload workload)
    {
        IReadOnlyList<Violation> violations = Checker.Check(workload.History);
        foreach (Violation violation in violations.Take(5))
        {
            output.WriteLine(violation.ToString());
        }

        violations.Should().BeEmpty("seed {0}", Seed);
        workload.History.Of(HistoryOperation.Rest).Should().HaveCountGreaterThanOrEqualTo(5, "each queue and subscription was drained");
    }
}
