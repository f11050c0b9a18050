using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Messaging.TestSupport;

namespace Messaging.Testing.Tests;

/// <summary>Ambient state in a broker under test is what it is outside of one: nobody's, in each call of a handler; and stopping from within is the same.</summary>
public sealed class TestBrokerContextTests
{
    private readonly AmbientState _state = new();
    private readonly ConcurrentQueue<string> _seen = [];

    [Fact]
    public async Task Handler_WhoeverLeftAmbientState_BeginsWithNoneAndTheBrokerStaysInItsPlace()
    {
        await using TestBroker test = Starter.Run(() =>
        {
            _state.Leave("the opener", new ForeignContext());
            return TestBroker.Start();
        });
        var foreign = new ForeignContext();
        IQueue queue = test.Broker.Queue("orders", new() { Retry = RetryPolicy.None });
        Starter.Run(() =>
        {
            _state.Leave("the starter", foreign);
            return queue.Handle<int>(Handle);
        });

        await queue.Producer<int>().SendBatchAsync([.. Enumerable.Range(1, 10).Select(i => new Message<int>(i))]);
        await test.SettleAsync();

        string none = _state.ReadNone();
        _seen.Select(seen => seen[..seen.IndexOf(", context", StringComparison.Ordinal)])
            .Should().Equal(Enumerable.Range(1, 10).Select(i => $"{i}: {none[..none.IndexOf(", context", StringComparison.Ordinal)]}"));
        _seen.Should().OnlyContain(seen => seen.EndsWith("context 'SerialContext'", StringComparison.Ordinal), "the handlers run in the broker's own place");
        test.Settled.Exactly(10);
        foreign.Posts.Should().Be(0);

        ValueTask Handle(Delivery<int> delivery, CancellationToken cancellationToken)
        {
            _seen.Enqueue($"{delivery.Body}: {_state.Read()}");
            _state.Leave($"the handler of {delivery.Body}", foreign);
            return (delivery.Body % 4) switch
            {
                0 => throw new InvalidTimeZoneException(),
                1 => ValueTask.CompletedTask,
                2 => new ValueTask(Task.Delay(TimeSpan.FromTicks(0), test.Time, cancellationToken)),
                _ => new ValueTask(Task.Run(static () => { }, CancellationToken.None)),
            };
        }
    }

    [Fact]
    public async Task Values_OfTheOpenerAndTheStarter_AreNotKept()
    {
        (WeakReference value, TestBroker test) = Open();
        await using TestBroker opened = test;
        await test.Broker.Queue("orders").Producer<int>().SendAsync(1);
        await test.AdvanceAsync(TimeSpan.FromMinutes(1));
        test.Settled.Exactly(1);

        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();

        value.IsAlive.Should().BeFalse();
    }

    [Fact]
    public async Task Serializer_OfASend_RunsInTheContextOfItsCaller()
    {
        var local = new AsyncLocal<string?>();
        string? seen = null;
        await using TestBroker test = TestBroker.Start(new() { Broker = new() { Serializer = new WatchedSerializer(() => seen = local.Value) } });
        local.Value = "the sender's";

        await test.Broker.Queue("orders").Producer<string>().SendAsync("1");

        seen.Should().Be("the sender's", "as outside of a test");
    }

    [Theory]
    [InlineData(true, true)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(false, false)]
    public async Task Handler_DisposingWhatItRunsIn_GoesOnAtOnce(bool isBroker, bool isElsewhere)
    {
        await using TestBroker test = TestBroker.Start();
        IQueue queue = test.Broker.Queue("orders", new() { Retry = RetryPolicy.None });
        var hasGoneOn = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        IAsyncDisposable? target = null;
        IWorker worker = queue.Handle<int>(async (_, _) =>
        {
            if (isElsewhere)
            {
                // Off the broker's own thread, as after any wait for something else.
                await Task.Run(static () => { }, CancellationToken.None).ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
            }

            await target!.DisposeAsync().ConfigureAwait(false);
            hasGoneOn.SetResult();
        });
        target = isBroker ? test.Broker : worker;

        await queue.Producer<int>().SendAsync(1);
        await test.SettleAsync();

        hasGoneOn.Task.IsCompletedSuccessfully.Should().BeTrue();
        test.Settled.Exactly(1);
        await worker.DisposeAsync();
        await test.Broker.DisposeAsync();
        test.Time.ArmedTimers.Should().Be(0);
    }

    [Fact]
    public async Task BrokerDispose_HandlerThatRuns_CanStillSend()
    {
        await using TestBroker test = TestBroker.Start();
        IQueue queue = test.Broker.Queue("orders", new() { Retry = RetryPolicy.None });
        IProducer<int> bills = test.Broker.Queue("bills").Producer<int>();
        queue.Handle<int>(async (delivery, _) =>
        {
            await Task.Delay(TimeSpan.FromMilliseconds(300), test.Time, CancellationToken.None);
            await bills.SendAsync(delivery.Body);
        });
        await queue.Producer<int>().SendAsync(1);
        await test.AdvanceAsync(TimeSpan.FromMilliseconds(100));

        Task closing = test.Broker.DisposeAsync().AsTask();
        await test.AdvanceAsync(TimeSpan.FromMilliseconds(200));

        closing.IsCompletedSuccessfully.Should().BeTrue();
        test.DeadLettered.None();
        test.Sent.Exactly(2);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static (WeakReference Value, TestBroker Test) Open() => Starter.Run(() =>
    {
        var local = new AsyncLocal<object?> { Value = new object() };
        var value = new WeakReference(local.Value);
        TestBroker test = TestBroker.Start();
        test.Broker.Queue("orders").Handle<int>((_, _) => ValueTask.CompletedTask);
        return (value, test);
    });
}
