namespace Messaging.Testing.Tests;

/// <summary>What never comes to rest ends with an explanation. A short limit, since it is what these tests wait for.</summary>
public sealed class HangTests : IAsyncLifetime
{
    private readonly TestBroker _test = TestBroker.Start(new TestBrokerOptions { HangLimit = TimeSpan.FromMilliseconds(500) });

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync() => _test.DisposeAsync();

    [Fact]
    public async Task Settle_HandlerThatNeverCompletes_NamesTheMessageAndWhatToDo()
    {
        _test.Broker.Queue("stuck").Handle<int>(async (_, _) => await new TaskCompletionSource().Task);
        Receipt receipt = await _test.Broker.Queue("stuck").Producer<int>().SendAsync(1);

        (await FluentActions.Awaiting(_test.SettleAsync).Should().ThrowAsync<NotAtRestException>())
            .WithMessage($"*message {receipt.MessageId} of 'stuck', attempt 1*WaitForAsync*delivered on 'stuck', attempt 1: 1*");
    }

    [Fact]
    public async Task Call_WhileAHandlerBlocksItsThread_FailsInsteadOfHanging()
    {
        using var release = new ManualResetEventSlim();
        _test.Broker.Queue("stuck").Handle<int>((_, _) =>
        {
            release.Wait();
            return ValueTask.CompletedTask;
        });
        Receipt receipt = await _test.Broker.Queue("stuck").Producer<int>().SendAsync(1);

        (await FluentActions.Awaiting(() => _test.Broker.Queue("others").Producer<int>().SendAsync(2).AsTask()).Should().ThrowAsync<NotAtRestException>())
            .WithMessage($"*{receipt.MessageId}*");
        release.Set();
    }

    [Fact]
    public async Task Settle_HandlerThatBlocks_NamesTheMessage()
    {
        using var never = new ManualResetEventSlim();
        _test.Broker.Queue("stuck").Handle<string>((_, token) =>
        {
            never.Wait(token);
            return ValueTask.CompletedTask;
        });
        Receipt receipt = await _test.Broker.Queue("stuck").Producer<string>().SendAsync("hello");

        Func<Task> settle = _test.SettleAsync;

        (await settle.Should().ThrowAsync<NotAtRestException>()).WithMessage($"*message {receipt.MessageId} of 'stuck', attempt 1*hello*");
        never.Set();
    }

    [Fact]
    public async Task DisposeOfAWorker_WhoseHandlerWaitsForVirtualTime_SaysThatNobodyMovesIt()
    {
        IWorker worker = _test.Broker.Queue("slow").Handle<int>(async (_, token) => await Task.Delay(TimeSpan.FromHours(1), _test.Time, token));
        Receipt receipt = await _test.Broker.Queue("slow").Producer<int>().SendAsync(1);
        await _test.SettleAsync();

        (await FluentActions.Awaiting(() => worker.DisposeAsync().AsTask()).Should().ThrowAsync<NotAtRestException>())
            .WithMessage($"*being stopped*Move the clock*Message {receipt.MessageId}*delivered on 'slow', attempt 1: 1*");
    }
}
