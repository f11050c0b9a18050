using Messaging.Diagnostics;
using Messaging.Testing.Following;
using Messaging.Testing.Observing;
using Messaging.Testing.Running;

namespace Messaging.Testing.Calls;

/// <summary>What the fronts of one opened broker share: each call is a piece of the broker's work, so that nothing of it runs anywhere else.</summary>
internal sealed class BrokerSession(SerialWork work, VirtualTime time, ObservationRecorder recorder, RestWatch watch)
{
    public ObservationRecorder Recorder => recorder;

    public VirtualTime Time => time;

    /// <summary>Gets the user code that the broker has called, or that the test has started.</summary>
    public LiveActivities Activities { get; } = new(work.Count);

    /// <summary>Gets the deliveries that loops of code under test hold.</summary>
    public HeldDeliveries Held { get; } = new();

    /// <summary>Gets or sets what is done with a delivery of a subscription before its handler or loop has it.</summary>
    public Func<string, DeliveryToken, ValueTask>? BeforeDelivery { get; set; }

    /// <summary>Calls the broker, and waits on the caller's thread.</summary>
    public T Call<T>(Func<T> call)
    {
        if (work.Count.IsHere)
        {
            return call();
        }

        var result = new TaskCompletionSource<T>();
        work.AddCall(() =>
        {
            try
            {
                result.SetResult(call());
            }
            catch (Exception exception)
            {
                result.SetException(exception);
            }
        });
        return watch.Watch(result.Task, needsRest: false).GetAwaiter().GetResult();
    }

    /// <summary>Calls the broker, and waits on the caller's thread.</summary>
    public void Call(Action call) => Call(() =>
    {
        call();
        return true;
    });

    /// <summary>Calls the broker; whoever waits for it is not runnable meanwhile.</summary>
    public ValueTask<T> CallAsync<T>(Func<ValueTask<T>> call) =>
        FollowedCode.Enter() is var flow && work.Count.IsHere ? WaitAsync(call, Activity.Current)
        : flow is not null ? new ValueTask<T>(new FollowedCall<T>(work.Count, watch.Watch(AddCall(call), needsRest: false, isFollowed: true)), 0)
        : new ValueTask<T>(watch.Watch(AddCall(call), needsRest: false));

    /// <summary>Calls the broker; whoever waits for it is not runnable meanwhile.</summary>
    /// <remarks>The task is the call's own: one that waited for it would end a little later, elsewhere.</remarks>
    public ValueTask CallAsync(Func<ValueTask> call) => new(CallAsync(WithResult(call)).AsTask());

    /// <summary>Calls the broker, and waits until that has happened or the one thread of all is known to be blocked.</summary>
    public async Task TryCallAsync(Action call)
    {
        if (work.Count.IsHere)
        {
            call();
            return;
        }

        var called = new TaskCompletionSource<bool>();
        work.AddCall(() =>
        {
            call();
            called.SetResult(true);
        });
        if (!watch.IsBlocked)
        {
            await ((Task)watch.Watch(called.Task, needsRest: false)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>Calls what stops something. It may wait for handlers, and they for virtual time, which whoever waits for it does not move.</summary>
    /// <remarks>It is watched once: a watched task that was watched again would end a little later, elsewhere.</remarks>
    public ValueTask StopAsync(Func<ValueTask> stop) =>
        new(watch.Watch(work.Count.IsHere ? CallAsync(WithResult(stop)).AsTask() : AddCall(WithResult(stop)), needsRest: true));

    /// <summary>Starts code under test that has loops of its own.</summary>
    public Task RunAsync(Func<Task> code)
    {
        work.Pool.Follows = true;
        return StartedCode.RunAsync(work, Activities.StartCode(), code);
    }

    /// <summary>Has a delivery count as work of the flow that has received it, until it ends.</summary>
    public void Hold<T>(FollowedFlow flow, string subscription, in Delivery<T> delivery)
    {
        // One that is acknowledged on receipt has ended. All others end in the queue, as this is called.
        if (recorder.IsOpen(subscription, delivery.Token))
        {
            Held.Hold(flow, subscription, delivery);
        }
    }

    /// <summary>Has the broker called in its own thread. The task ends where the call does.</summary>
    private Task<T> AddCall<T>(Func<ValueTask<T>> call)
    {
        Activity? caller = Activity.Current;
        var result = new TaskCompletionSource<T>();
        work.AddCall(async () =>
        {
            try
            {
                result.SetResult(await WaitAsync(call, caller).ConfigureAwait(WorkContext.IsCurrent));
            }
            catch (OperationCanceledException exception)
            {
                result.SetCanceled(exception.CancellationToken);
            }
            catch (Exception exception)
            {
                result.SetException(exception);
            }
        });
        return result.Task;
    }

    private static Func<ValueTask<bool>> WithResult(Func<ValueTask> call) => async () =>
    {
        await call().ConfigureAwait(WorkContext.IsCurrent);
        return true;
    };

    private static async ValueTask<T> WaitAsync<T>(Func<ValueTask<T>> call, Activity? caller)
    {
        ValueTask<T> pending = call();
        if (pending.IsCompleted)
        {
            return await pending.ConfigureAwait(WorkContext.IsCurrent);
        }

        using (caller?.WaitFor() ?? default)
        {
            return await pending.ConfigureAwait(WorkContext.IsCurrent);
        }
    }
}
