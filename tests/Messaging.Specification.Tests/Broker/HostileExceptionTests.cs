using Messaging.TestSupport;
using Messaging.Testing;

namespace Messaging.Specification.Tests.Broker;

/// <summary>Contract line 13: an exception whose own Message or ToString throws is as good as any other, and the log names its type.</summary>
public sealed class HostileExceptionTests
{
    [Theory, EveryStore]
    public async Task Handler_ThrowingWhatCannotDescribeItself_IsLoggedByItsTypeAndTheNextIsHandled(StoreKind store)
    {
        using var log = new RecordingLog();
        await using var harness = await BrokerHarness.StartAsync(store, options => options with { LoggerFactory = log });
        IQueue queue = harness.Broker.Queue("orders", new QueueOptions { Retry = RetryPolicy.None });
        await using IWorker worker = queue.Handle<int>((_, _) => throw new InvalidOperationException("the outer one", new SpeechlessException()));
        await queue.Producer<int>().SendAsync(1).Soon();
        await queue.Producer<int>().SendAsync(2).Soon();
        await HangGuard.UntilAsync(() => queue.DeadLetters.Count == 2);
        await harness.SettleAsync();

        log.Lines.Where(line => line.Contains("a handler failed", StringComparison.Ordinal)).Should().HaveCount(2)
            .And.AllSatisfy(line => line.Should().Contain("the outer one").And.Contain(typeof(SpeechlessException).FullName));
        DeadLetter letter = await FirstAsync(queue);
        letter.Description.Should().Contain("System.InvalidOperationException: the outer one").And.Contain(typeof(SpeechlessException).FullName);
    }

    [Theory, EveryStore]
    public async Task Handler_ThrowingWhatSaysNothing_DeadLettersWithItsType(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        IQueue queue = harness.Broker.Queue("orders", new QueueOptions { Retry = RetryPolicy.None });
        await using IWorker worker = queue.Handle<int>((_, _) => throw new SilentException());
        await queue.Producer<int>().SendAsync(1).Soon();
        await HangGuard.UntilAsync(() => queue.DeadLetters.Count == 1);

        (await FirstAsync(queue)).Description.Should().StartWith(typeof(SilentException).FullName);
    }

    [Theory, EveryStore]
    public async Task Body_ThatCannotBeReadAndNotBeSaidWhy_IsDeadLetteredAndTheNextIsReceived(StoreKind store)
    {
        await using var harness = await SerializingAsync(store, static () => new SpeechlessException());
        IQueue queue = harness.Broker.Queue("orders", new QueueOptions { Serialize = true });
        await queue.Producer<string>().SendAsync(SpeechlessSerializer.Unreadable).Soon();
        await queue.Producer<string>().SendAsync("next").Soon();

        (await queue.Consumer<string>().NextAsync()).Body.Should().Be("next");

        await HangGuard.UntilAsync(() => queue.DeadLetters.Count == 1);
        DeadLetter letter = await FirstAsync(queue);
        letter.Reason.Should().Be(DeadLetterReason.Unreadable);
        letter.Description.Should().Contain(typeof(SpeechlessException).FullName);
    }

    [Theory, EveryStore]
    public async Task Body_ThatCannotBeReadAndNotBeSaidWhy_DoesNotEndTheHandler(StoreKind store)
    {
        await using var harness = await SerializingAsync(store, static () => new SpeechlessException());
        IQueue queue = harness.Broker.Queue("orders", new QueueOptions { Serialize = true });
        var next = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using IWorker worker = queue.Handle<string>((delivery, _) =>
        {
            next.TrySetResult(delivery.Body);
            return default;
        });

        await queue.Producer<string>().SendAsync(SpeechlessSerializer.Unreadable).Soon();
        await queue.Producer<string>().SendAsync("next").Soon();

        (await next.Task.Soon()).Should().Be("next");
        await HangGuard.UntilAsync(() => queue.DeadLetters.Count == 1);
    }

    [Theory, EveryStore]
    public async Task Send_OfABodyThatCannotBeWrittenAndNotBeSaidWhy_NamesTheException(StoreKind store)
    {
        await using var harness = await SerializingAsync(store, static () => new SpeechlessException());
        IProducer<string> producer = harness.Broker.Queue("orders", new QueueOptions { Serialize = true }).Producer<string>();

        (await FluentActions.Awaiting(() => producer.SendAsync(SpeechlessSerializer.Unwritable).Soon()).Should().ThrowAsync<BodyFormatException>())
            .WithMessage($"*{typeof(SpeechlessException).FullName}*Nothing was sent.");
    }

    [Fact]
    public async Task Store_ThatFailsWithWhatCannotDescribeItself_StopsTheBrokerAndNotTheProcess()
    {
        var store = new FaultyStore();
        await using MessageBroker broker = await MessageBroker.OpenAsync(store, new BrokerOptions { TimeProvider = new VirtualTime() });
        IQueue queue = broker.Queue("orders");
        IConsumer<int> consumer = queue.Consumer<int>();
        await queue.Producer<int>().SendAsync(1).Soon();
        Delivery<int> delivery = await consumer.NextAsync();

        // A move is in the commit, so that its refusal cannot be taken back.
        store.FailCommits(static () => new SpeechlessStoreException());
        (await FluentActions.Awaiting(() => delivery.DeadLetterAsync("unwanted").Soon()).Should().ThrowAsync<StoreException>())
            .Which.Message.Should().Contain(typeof(SpeechlessStoreException).FullName);

        (await FluentActions.Awaiting(() => queue.Producer<int>().SendAsync(2).Soon()).Should().ThrowAsync<StoreException>())
            .Which.Message.Should().Contain("Nothing of this was stored");
        await FluentActions.Awaiting(() => consumer.ReceiveAsync().Soon()).Should().ThrowAsync<StoreException>();
    }

    private static Task<BrokerHarness> SerializingAsync(StoreKind store, Func<Exception> failure) =>
        BrokerHarness.StartAsync(store, options => options with { Serializer = new SpeechlessSerializer(failure) });

    private static async Task<DeadLetter> FirstAsync(ISubscription subscription)
    {
        await foreach (DeadLetter letter in subscription.DeadLetters.PeekAsync())
        {
            return letter;
        }

        throw new InvalidOperationException("There is no dead letter.");
    }
}
