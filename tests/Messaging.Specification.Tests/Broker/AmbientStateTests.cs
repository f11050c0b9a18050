using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Messaging.TestSupport;

namespace Messaging.Specification.Tests.Broker;

/// <summary>Contract line 15: each call of a handler begins with nobody's ambient state, and nobody's is kept.</summary>
public sealed class AmbientStateTests
{
    private readonly AmbientState _state = new();
    private readonly ConcurrentQueue<string> _seen = [];

    [Theory, EveryStore]
    public async Task Call_WhoeverLeftAmbientState_BeginsWithNone(StoreKind store)
    {
        string none = _state.ReadNone();
        await using BrokerHarness harness = await OpenWithStateAsync(store);
        IQueue queue = harness.Broker.Queue("orders", new() { Retry = RetryPolicy.None });
        await queue.Producer<int>().SendBatchAsync([.. Enumerable.Range(1, 10).Select(i => new Message<int>(i))]).Soon();
        await using IWorker worker = Starter.Run(() =>
        {
            _state.Leave("the starter", new ForeignContext());
            return queue.Handle<int>(HandleAndLeave);
        });

        await HangGuard.UntilAsync(() => _seen.Count == 10);
        await HangGuard.UntilAsync(() => worker.Running == 0);
        await queue.Producer<int>().SendAsync(11).Soon();

        await HangGuard.UntilAsync(() => _seen.Count == 11);
        _seen.Should().Equal(Enumerable.Range(1, 11).Select(i => $"{i}: {none}"));
    }

    [Theory, EveryStore]
    public async Task Call_AfterASerializerOrAPolicyLeftAmbientState_BeginsWithNone(StoreKind store)
    {
        string none = _state.ReadNone();
        await using var harness = await BrokerHarness.StartAsync(store, options => options with { Serializer = new LeavingSerializer(_state) });
        IQueue queue = harness.Broker.Queue("orders", new() { Serialize = true, Retry = new LeavingPolicy(_state) });
        await queue.Producer<string>().SendBatchAsync([new("1"), new("2"), new("3"), new("4")]).Soon();

        await using IWorker worker = queue.Handle<string>((delivery, _) =>
        {
            _seen.Enqueue(_state.Read());
            return delivery is { Body: "1" or "3", Failures: 0 } ? throw new InvalidTimeZoneException() : ValueTask.CompletedTask;
        });

        await HangGuard.UntilAsync(() => _seen.Count == 6);
        _seen.Should().AllBeEquivalentTo(none);
    }

    [Theory, EveryStore]
    public async Task Values_OfTheOpenerAndTheStarter_AreNotKept(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store, options => options with { TimeProvider = TimeProvider.System });
        await harness.CloseAsync();
        WeakReference value = OpenAndStart(harness, _ => ValueTask.CompletedTask, out IWorker worker);
        await using IWorker started = worker;
        IQueue queue = harness.Broker.Queue("orders");
        await queue.Producer<int>().SendAsync(1).Soon();
        await HangGuard.UntilAsync(() => queue.Statistics.Acked == 1);

        Collect();

        value.IsAlive.Should().BeFalse("the broker and the worker keep nothing of who opened and started them");
    }

    [Theory, EveryStore]
    public async Task Value_LeftByTheLastCall_IsNotKept(StoreKind store)
    {
        var local = new AsyncLocal<object?>();
        var value = new WeakReference(null);
        await using var harness = await BrokerHarness.StartAsync(store);
        IQueue queue = harness.Broker.Queue("orders");
        await using IWorker worker = queue.Handle<int>((_, _) =>
        {
            LeaveValue(local, value);
            return ValueTask.CompletedTask;
        });

        await queue.Producer<int>().SendAsync(1).Soon();
        await HangGuard.UntilAsync(() => queue.Statistics.Acked == 1);
        await harness.SettleAsync();
        await HangGuard.UntilAsync(() =>
        {
            // The loop may still be on its way to its wait.
            Collect();
            return !value.IsAlive;
        });
    }

    [Theory, EveryStore]
    public async Task Call_EndedByAThreadOfSomebodyElses_LetsTheNextRunElsewhere(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        IQueue queue = harness.Broker.Queue("orders");
        await queue.Producer<int>().SendBatchAsync([new(1), new(2), new(3)]).Soon();
        var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        // Its continuations run on the thread that ends it.
        var end = new TaskCompletionSource();
        var threads = new ConcurrentQueue<Thread>();
        await using IWorker worker = queue.Handle<int>((delivery, _) =>
        {
            threads.Enqueue(Thread.CurrentThread);
            started.TrySetResult();
            return delivery.Body == 1 ? new ValueTask(end.Task) : ValueTask.CompletedTask;
        });
        await started.Task.Soon();
        await HangGuard.UntilAsync(() => worker.Running == 1);
        // The loop waits for the handler by now, or finds its task ended: only the first case can go wrong.
        await harness.SettleAsync();

        Thread ender = Starter.Run(() =>
        {
            end.SetResult();
            return Thread.CurrentThread;
        });

        await HangGuard.UntilAsync(() => queue.Statistics.Acked == 3);
        threads.Should().HaveCount(3).And.NotContain(ender);
    }

    private async Task<BrokerHarness> OpenWithStateAsync(StoreKind store)
    {
        Task<BrokerHarness> opening = Starter.Run(() =>
        {
            _state.Leave("the opener", new ForeignContext());
            return BrokerHarness.StartAsync(store);
        });
        return await opening.Soon();
    }

    private ValueTask HandleAndLeave(Delivery<int> delivery, CancellationToken cancellationToken)
    {
        _seen.Enqueue($"{delivery.Body}: {_state.Read()}");
        _state.Leave($"the handler of {delivery.Body}", new ForeignContext());
        switch (delivery.Body % 5)
        {
            case 0:
                ExecutionContext.SuppressFlow();
                return ValueTask.CompletedTask;
            case 1:
                return ValueTask.CompletedTask;
            case 2:
                return new ValueTask(LeaveLaterAsync());
            case 3:
                return new ValueTask(Task.Run(static () => { }, CancellationToken.None));
            default:
                throw new InvalidTimeZoneException();
        }
    }

    private async Task LeaveLaterAsync()
    {
        await Task.Yield();
        _state.Leave("a handler, later");
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static WeakReference OpenAndStart(BrokerHarness harness, Func<Delivery<int>, ValueTask> handler, out IWorker worker)
    {
        (WeakReference value, worker) = Starter.Run(() =>
        {
            var opener = new AsyncLocal<object?> { Value = new object() };
            var value = new WeakReference(opener.Value);
            harness.OpenAsync().GetAwaiter().GetResult();
            return (value, harness.Broker.Queue("orders").Handle<int>((delivery, _) => handler(delivery)));
        });
        return value;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void LeaveValue(AsyncLocal<object?> local, WeakReference value)
    {
        local.Value = new object();
        value.Target = local.Value;
    }

    private static void Collect()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();
    }
}
