using Messaging.Testing.Faults;

namespace Messaging.Testing.Tests;

public sealed class TestBrokerFaultTests : IAsyncLifetime
{
    private static readonly TimeSpan _minute = TimeSpan.FromMinutes(1);
    private readonly TestBroker _test = TestBroker.Start();

    public static TheoryData<string> Points => [.. CrashPoints.All];

    private IQueue Queue => _test.Broker.Queue("orders");

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync() => _test.DisposeAsync();

    [Fact]
    public async Task Commit_ThatFails_RefusesTheSendAndNothingElse()
    {
        await Queue.Producer<int>().SendAsync(1);
        _test.Faults.On(StoreOperation.Commit).MinAppends(1).Nth(1).Fail();

        Func<Task> send = () => Queue.Producer<int>().SendAsync(2).AsTask();
        await send.Should().ThrowAsync<StoreException>();
        await Queue.Producer<int>().SendAsync(3);
        Queue.Handle<int>((_, _) => ValueTask.CompletedTask);
        await _test.SettleAsync();

        _test.Delivered.Select(seen => seen.Body).Should().Equal(1, 3);
        _test.Observations.Where(seen => seen.Kind == ObservationKind.SendFailed).Single().Body.Should().Be(2);
        _test.Faults.VerifyAllHit();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Commit_OfUnknownOutcome_IsRepeatedUnderItsIdAndFoundOnce(bool stored)
    {
        await Queue.Producer<int>().SendAsync(1);
        _test.Faults.On(StoreOperation.Commit).MinAppends(1).Nth(1).FailUnknown(stored);
        var options = new SendOptions { MessageId = MessageId.FromName("two") };

        Func<Task> send = () => Queue.Producer<int>().SendAsync(2, options).AsTask();
        await send.Should().ThrowAsync<StoreOutcomeUnknownException>();
        await _test.CrashAndReopenAsync();
        Receipt again = await Queue.Producer<int>().SendAsync(2, options);
        Queue.Handle<int>((_, _) => ValueTask.CompletedTask);
        await _test.SettleAsync();

        again.IsDuplicate.Should().Be(stored);
        _test.Delivered.Select(seen => seen.Body).Should().Equal(1, 2);
        _test.Faults.VerifyAllHit();
    }

    [Fact]
    public async Task Commit_ThatIsDelayed_ConfirmsItsSendAtThatTime()
    {
        Queue.Handle<int>((_, _) => ValueTask.CompletedTask);
        _test.Faults.On(StoreOperation.Commit).MinAppends(1).Nth(1).Delay(_minute);

        Task<Receipt> send = Queue.Producer<int>().SendAsync(1).AsTask();
        await _test.AdvanceAsync(_minute - TimeSpan.FromTicks(1));
        send.IsCompleted.Should().BeFalse();
        await _test.AdvanceAsync(TimeSpan.FromTicks(1));

        send.IsCompletedSuccessfully.Should().BeTrue();
        _test.Delivered.At(_minute);
    }

    [Fact]
    public async Task Lease_ThatIsLostOnCommand_IsDeliveredAgainAfterTheRetryDelay()
    {
        _test.Faults.LoseLease("orders", nth: 2);
        _test.Broker.Queue("orders", new() { Retry = RetryPolicy.Fixed(_minute) });
        var lost = new List<bool>();
        Queue.Handle<int>((delivery, _) =>
        {
            lost.Add(delivery.LeaseLost.IsCancellationRequested);
            return ValueTask.CompletedTask;
        });
        await Queue.Producer<int>().SendAsync(1);
        Receipt second = await Queue.Producer<int>().SendAsync(2);

        await _test.AdvanceAsync(_minute);

        lost.Should().Equal(false, true, false);
        _test.Delivered.Of(second).At(TimeSpan.Zero, _minute);
        _test.Faults.VerifyAllHit();
    }

    [Fact]
    public async Task Consumer_ThatIsSlow_HoldsNobodyElseUp()
    {
        _test.Faults.SlowConsumer("orders", _minute);
        Queue.Handle<int>((_, _) => ValueTask.CompletedTask);
        _test.Broker.Queue("others").Handle<int>((_, _) => ValueTask.CompletedTask);
        for (int i = 0; i < 3; i++)
        {
            await Queue.Producer<int>().SendAsync(i);
            await _test.Broker.Queue("others").Producer<int>().SendAsync(i);
        }

        await _test.AdvanceAsync(5 * _minute);

        _test.Settled.On("orders").At(_minute, 2 * _minute, 3 * _minute);
        _test.Settled.On("others").At(TimeSpan.Zero, TimeSpan.Zero, TimeSpan.Zero);
    }

    [Fact]
    public async Task Clock_ThatIsSetBackADay_MovesNoRetry()
    {
        _test.Faults.JumpClock(TimeSpan.FromDays(-1));
        _test.Broker.Queue("orders", new() { Retry = RetryPolicy.Schedule(_minute) });
        Queue.Handle<int>((delivery, _) => delivery.Attempt == 1 ? throw new InvalidOperationException() : ValueTask.CompletedTask);
        await Queue.Producer<int>().SendAsync(1);
        DateTimeOffset before = _test.Now;

        await _test.AdvanceAsync(_minute);

        _test.Delivered.At(TimeSpan.Zero, _minute);
        _test.Now.Should().Be(before + _minute - TimeSpan.FromDays(1));
        _test.Faults.VerifyAllHit();
    }

    [Fact]
    public async Task Pause_LongerThanARetryDelay_DeliversLateAndNotTwice()
    {
        _test.Broker.Queue("orders", new() { Retry = RetryPolicy.Schedule(_minute) });
        Queue.Handle<int>((delivery, _) => delivery.Attempt == 1 ? throw new InvalidOperationException() : ValueTask.CompletedTask);
        await Queue.Producer<int>().SendAsync(1);

        await _test.PauseAsync(60 * _minute);
        await _test.AdvanceAsync(60 * _minute);

        _test.Delivered.At(TimeSpan.Zero, 60 * _minute);
    }

    [Fact]
    public async Task CrashAt_CommitThatEachOpeningMakes_StrikesAtTheOpeningThatWasAsked()
    {
        const int Openings = 20;
        await SettleOneAsync();
        FaultRule crash = _test.Faults.CrashAt(CrashPoints.CommitBegins, nth: Openings);

        var crashed = new List<bool>();
        for (int opening = 1; opening <= Openings; opening++)
        {
            await _test.CrashAndReopenAsync();
            await _test.SettleAsync();
            crashed.Add(_test.HasCrashed);
        }

        crashed.Should().Equal(Enumerable.Range(1, Openings).Select(opening => opening == Openings));
        crash.Hits.Should().Be(1);
    }

    [Fact]
    public async Task Delay_OfTheCommitThatEachOpeningMakes_MovesNoClock()
    {
        const int Openings = 20;
        await SettleOneAsync();
        DateTimeOffset before = _test.Now;
        FaultRule delay = _test.Faults.On(StoreOperation.Commit).Delay(_minute);

        for (int opening = 1; opening <= Openings; opening++)
        {
            await _test.CrashAndReopenAsync();
            await _test.SettleAsync();
        }

        _test.Now.Should().Be(before);
        delay.Hits.Should().Be(Openings);
    }

    [Theory]
    [MemberData(nameof(Points))]
    public async Task CrashAt_EachNamedPoint_LosesNothingThatWasConfirmed(string point)
    {
        FaultRule crash = _test.Faults.CrashAt(point);
        var confirmed = new HashSet<string>();
        for (int life = 0; life < 3; life++)
        {
            await LiveAsync($"life-{life}", confirmed);
            await _test.CrashAndReopenAsync();
        }

        crash.Dispose();
        var found = new HashSet<string>();
        foreach (string name in (string[])["orders", "kept"])
        {
            _test.Broker.Queue(name).Handle<string>((delivery, _) =>
            {
                found.Add(delivery.Body);
                return ValueTask.CompletedTask;
            });
        }

        // Handlers run beside the test's own code: the set is theirs until there is rest.
        await _test.AdvanceAsync(TimeSpan.FromHours(2));
        await foreach (DeadLetter dead in Queue.DeadLetters.PeekAsync())
        {
            found.Add(dead.ReadBody<string>());
        }

        crash.Hits.Should().BeGreaterThan(0);
        confirmed.Should().NotBeEmpty();
        confirmed.Except(found).Except(_acked).Should().BeEmpty();
    }

    private readonly HashSet<string> _acked = [];

    /// <summary>Leaves a settled message behind: each opening tells the store of it again, in a commit of its own.</summary>
    private async Task SettleOneAsync()
    {
        await Queue.Producer<int>().SendAsync(1);
        await (await Queue.Consumer<int>().ReceiveAsync()).AckAsync();
        await _test.SettleAsync();
    }

    /// <summary>Does a little of everything until the crash.</summary>
    private async Task LiveAsync(string life, HashSet<string> confirmed)
    {
        try
        {
            IProducer<string> kept = _test.Broker.Queue("kept").Producer<string>();
            await SendAsync(kept, $"{life} kept", null);
            await SendAsync(kept, $"{life} later", new() { Delay = _minute });
            IConsumer<string> consumer = Queue.Consumer<string>();
            for (int i = 0; i < 3; i++)
            {
                await SendAsync(Queue.Producer<string>(), $"{life} order {i}", null);
            }

            Delivery<string> acked = await consumer.ReceiveAsync();
            _acked.Add(acked.Body);
            await acked.AckAsync();
            await (await consumer.ReceiveAsync()).DeadLetterAsync("the test wants it");
            await (await consumer.ReceiveAsync()).DeadLetterAsync("the test wants it");
            await Queue.DeadLetters.PurgeAsync(Purge);
            await _test.AdvanceAsync(_minute);
            await _test.Broker.SubscribeAsync("news", "reader");
            await _test.Broker.UnsubscribeAsync("reader");
        }
        catch (Exception exception) when (exception is StoreException or ObjectDisposedException && _test.HasCrashed)
        {
            // Its process has died.
        }

        async Task SendAsync(IProducer<string> producer, string body, SendOptions? options)
        {
            await producer.SendAsync(body, options);
            confirmed.Add(body);
        }

        bool Purge(DeadLetter letter)
        {
            string body = letter.ReadBody<string>();
            bool purged = body.EndsWith('1');
            if (purged)
            {
                _acked.Add(body);
            }

            return purged;
        }
    }
}
