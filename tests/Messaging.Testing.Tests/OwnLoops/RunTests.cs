namespace Messaging.Testing.Tests.OwnLoops;

/// <summary>What the doors for code with loops of its own promise: run, track, and until.</summary>
public sealed class RunTests : IAsyncLifetime
{
    private readonly TestBroker _test = TestBroker.Start(new TestBrokerOptions { HangLimit = TimeSpan.FromMilliseconds(500) });

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync() => _test.DisposeAsync();

    [Fact]
    public async Task Run_CodeThatThrows_FailsTheNextRestOnce()
    {
        Task run = _test.Run(async () =>
        {
            await Task.Delay(TimeSpan.FromSeconds(1), _test.Time);
            throw new InvalidOperationException("the loop is dead");
        });

        Func<Task> move = () => _test.AdvanceAsync(TimeSpan.FromSeconds(2));

        (await move.Should().ThrowAsync<AggregateException>()).WithMessage("*TestBroker.Run*").WithInnerException<InvalidOperationException>().WithMessage("the loop is dead");
        await FluentActions.Awaiting(() => run).Should().ThrowAsync<InvalidOperationException>();
        await _test.SettleAsync();
    }

    [Fact]
    public async Task Run_LoopThatFailsWithADeliveryInHand_LetsItsLeaseEnd()
    {
        _ = _test.Run(async () =>
        {
            await _test.Broker.Queue("orders").Consumer<int>(new() { LeaseDuration = TimeSpan.FromSeconds(5) }).ReceiveAsync();
            throw new InvalidOperationException("the loop is dead");
        });
        await _test.Broker.Queue("orders").Producer<int>().SendAsync(1);
        await FluentActions.Awaiting(_test.SettleAsync).Should().ThrowAsync<AggregateException>();

        await _test.AdvanceAsync(TimeSpan.FromSeconds(5));

        _test.Observations.Where(seen => seen.Kind == ObservationKind.LeaseLost).At(TimeSpan.FromSeconds(5));
    }

    [Fact]
    public async Task Run_CodeThatThrowsAtOnce_FailsItsTask()
    {
        Task run = _test.Run(() => throw new InvalidOperationException("it does not start"));

        await FluentActions.Awaiting(() => run).Should().ThrowAsync<InvalidOperationException>();
        await FluentActions.Awaiting(_test.SettleAsync).Should().ThrowAsync<AggregateException>();
    }

    [Fact]
    public async Task Run_CodeThatIsCancelled_FailsNoRest()
    {
        using var stop = new CancellationTokenSource();
        Task run = _test.Run(async () => await _test.Broker.Queue("orders").Consumer<int>().ReceiveAsync(stop.Token));
        await _test.SettleAsync();

        await stop.CancelAsync();
        await _test.SettleAsync();

        await FluentActions.Awaiting(() => run).Should().ThrowAsync<OperationCanceledException>();
    }

    [Fact]
    public async Task Run_CodeThatWaitsForTheTest_IsExplained()
    {
        _ = _test.Run(() => new TaskCompletionSource().Task);

        (await FluentActions.Awaiting(_test.SettleAsync).Should().ThrowAsync<NotAtRestException>())
            .WithMessage("*Code that the test started with TestBroker.Run has not returned*WaitForAsync*");
    }

    [Fact]
    public async Task Run_CodeThatWaitsForTheTestAndSaysSo_IsAtRest()
    {
        var signal = new TaskCompletionSource();
        Task run = _test.Run(() => _test.WaitForAsync(signal.Task));

        await _test.SettleAsync();
        run.IsCompleted.Should().BeFalse();
        signal.SetResult();

        await run;
    }

    [Fact]
    public async Task Run_CodeOfABrokerThatCrashes_CountsNoMore()
    {
        Task run = _test.Run(async () =>
        {
            Delivery<int> delivery = await _test.Broker.Queue("orders").Consumer<int>().ReceiveAsync();
            await new TaskCompletionSource().Task;
            await delivery.AckAsync();
        });
        Task receiving = _test.Run(async () => await _test.Broker.Queue("others").Consumer<int>().ReceiveAsync());
        await _test.Broker.Queue("orders").Producer<int>().SendAsync(1);

        await _test.CrashAndReopenAsync();
        await _test.SettleAsync();

        run.IsCompleted.Should().BeFalse();
        await FluentActions.Awaiting(() => receiving).Should().ThrowAsync<Exception>();
        await _test.SettleAsync();
    }

    [Fact]
    public async Task Run_TwoLoopsInOneQueue_ShareItsMessages()
    {
        var handled = new List<int>();
        using var stop = new CancellationTokenSource();
        for (int i = 0; i < 2; i++)
        {
            _ = _test.Run(() => Loops.HandleAsync(_test.Broker.Queue("orders").Consumer<int>(), handled.Add, stop.Token));
        }

        for (int i = 0; i < 10; i++)
        {
            await _test.Broker.Queue("orders").Producer<int>().SendAsync(i);
        }

        await _test.SettleAsync();

        handled.Should().BeEquivalentTo(Enumerable.Range(0, 10));
        await stop.CancelAsync();
    }

    [Fact]
    public async Task Track_TaskOfTheThreadPool_IsWaitedFor()
    {
        bool done = false;
        Task task = _test.Track(Task.Run(() =>
        {
            Loops.RealWork();
            done = true;
        }));

        await _test.SettleAsync();

        done.Should().BeTrue();
        task.IsCompletedSuccessfully.Should().BeTrue();
    }

    [Fact]
    public async Task Track_TaskThatDoesNotEnd_IsExplained()
    {
        var never = new TaskCompletionSource();
        _ = _test.Track(never.Task);

        (await FluentActions.Awaiting(_test.SettleAsync).Should().ThrowAsync<NotAtRestException>()).WithMessage("*TestBroker.Track*");
        never.SetResult();
        await _test.SettleAsync();
    }

    [Fact]
    public async Task Until_ConditionThatBecomesTrue_StopsTheClockThere()
    {
        int calls = 0;
        _test.Broker.Queue("orders", new() { Retry = RetryPolicy.Schedule(TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(2), TimeSpan.FromMinutes(4)) })
            .Handle<int>((_, _) => ++calls < 3 ? throw new InvalidOperationException("not yet") : ValueTask.CompletedTask);
        await _test.Broker.Queue("orders").Producer<int>().SendAsync(1);
        DateTimeOffset start = _test.Now;

        await _test.UntilAsync(() => _test.Settled.Any(seen => seen.Kind == ObservationKind.Acked));

        (_test.Now - start).Should().Be(TimeSpan.FromMinutes(3));
    }

    [Fact]
    public async Task Until_ConditionThatHoldsAtOnce_MovesNothing()
    {
        DateTimeOffset start = _test.Now;

        await _test.UntilAsync(() => _test.Broker.Queue("orders").Statistics.Ready == 0);

        _test.Now.Should().Be(start);
    }

    [Fact]
    public async Task Until_NothingDue_SaysWhatDoesNotHoldAndWhatHappenedLast()
    {
        Receipt receipt = await _test.Broker.Queue("orders").Producer<int>().SendAsync(1);

        (await FluentActions.Awaiting(() => _test.UntilAsync(() => _test.Settled.Count == 1)).Should().ThrowAsync<TimeoutException>())
            .WithMessage($"*nothing more is due: () => _test.Settled.Count == 1.*{receipt.MessageId}*");
    }

    [Theory]
    [InlineData(59, false)]
    [InlineData(60, true)]
    public async Task Until_WithALimit_MovesSoFarAndNoFurther(int seconds, bool holds)
    {
        await _test.Broker.Queue("orders").Producer<int>().SendAsync(1, new() { Delay = TimeSpan.FromMinutes(1) });
        DateTimeOffset start = _test.Now;

        Task until = _test.UntilAsync(() => _test.Broker.Queue("orders").Statistics.Ready == 1, TimeSpan.FromSeconds(seconds));

        if (holds)
        {
            await until;
            (_test.Now - start).Should().Be(TimeSpan.FromMinutes(1));
        }
        else
        {
            await FluentActions.Awaiting(() => until).Should().ThrowAsync<TimeoutException>();
            _test.Now.Should().Be(start);
        }
    }

    [Fact]
    public async Task Until_ConditionThatThrows_ThrowsIt()
    {
        await FluentActions.Awaiting(() => _test.UntilAsync(() => throw new InvalidOperationException("mine"))).Should()
            .ThrowAsync<InvalidOperationException>().WithMessage("mine");
        await _test.SettleAsync();
    }
}
