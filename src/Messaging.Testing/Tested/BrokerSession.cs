using Messaging.Diagnostics;
using Messaging.Testing.Observing;
using Messaging.Testing.Running;

namespace Messaging.Testing.Tested;

/// <summary>What the fronts of one opened broker share: each call is a piece of the broker's work, so that nothing of it runs anywhere else.</summary>
internal sealed class BrokerSession(SerialWork work, VirtualTime time, ObservationRecorder recorder, RestWatch watch)
{
    // Guarded by _gate.
    private readonly Lock _gate = new();
    private readonly HashSet<Activity> _activities = [];
    private readonly Dictionary<(string Subscription, DeliveryToken Token), FollowedFlow> _held = [];
    private bool _ended;

    public ObservationRecorder Recorder => recorder;

    public VirtualTime Time => time;

    /// <summary>Gets what user code deals with at this moment: the deliveries for which it could run or blocks its thread.</summary>
    public List<ActivityState> Busy
    {
        get
        {
            lock (_gate)
            {
                return
                [
                    .. _activities.SelectMany(activity => (IEnumerable<ActivityState>)[activity.State, .. (activity as FollowedCode)?.Flows ?? []])
                        .Where(state => state.IsRunnable || state.IsBlocking),
                ];
            }
        }
    }

    /// <summary>Gets a value indicating whether code that the test has started holds deliveries.</summary>
    public bool HasInHand
    {
        get
        {
            lock (_gate)
            {
                return _activities.Any(static activity => activity is FollowedCode { HasInHand: true });
            }
        }
    }

    /// <summary>Gets or sets what is done with a delivery of a subscription before its handler or loop has it.</summary>
    public Func<string, DeliveryToken, ValueTask>? BeforeDelivery { get; set; }

    /// <summary>Calls the broker, and waits on the caller's thread.</summary>
    public T Call<T>(Func<T> call)
    {
        if (work.IsHere)
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
        FollowedCode.Enter() is var flow && work.IsHere ? WaitAsync(call, Activity.Current)
        : flow is not null ? new ValueTask<T>(new FollowedCall<T>(work, watch.Watch(AddCall(call), needsRest: false, isFollowed: true)), 0)
        : new ValueTask<T>(watch.Watch(AddCall(call), needsRest: false));

    /// <summary>Calls the broker; whoever waits for it is not runnable meanwhile.</summary>
    /// <remarks>The task is the call's own: one that waited for it would end a little later, elsewhere.</remarks>
    public ValueTask CallAsync(Func<ValueTask> call) => new(CallAsync(WithResult(call)).AsTask());

    /// <summary>Calls the broker, and waits until that has happened or the one thread of all is known to be blocked.</summary>
    public async Task TryCallAsync(Action call)
    {
        if (work.IsHere)
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
        new(watch.Watch(work.IsHere ? CallAsync(WithResult(stop)).AsTask() : AddCall(WithResult(stop)), needsRest: true));

    public Activity Start() => Start(new DeliveryActivity(work));

    /// <summary>Starts code under test that has loops of its own.</summary>
    public Task RunAsync(Func<Task> code)
    {
        work.Follows = true;
        return StartedCode.RunAsync(work, Start(new FollowedCode(work)), code);
    }

    private T Start<T>(T activity)
        where T : Activity
    {
        bool ended;
        lock (_gate)
        {
            ended = _ended;
            if (!ended)
            {
                _activities.Add(activity);
            }
        }

        if (ended)
        {
            activity.Abandon();
        }

        return activity;
    }

    /// <summary>Counts no user code any more: that of a dead process does not run, whatever it waits for.</summary>
    public void End()
    {
        Activity[] left;
        lock (_gate)
        {
            _ended = true;
            left = [.. _activities];
            _activities.Clear();
        }

        foreach (Activity activity in left)
        {
            activity.Abandon();
        }
    }

    public void Forget(Activity activity)
    {
        activity.End();
        lock (_gate)
        {
            _activities.Remove(activity);
        }
    }

    /// <summary>Has a delivery count as work of the flow that has received it, until it ends.</summary>
    public void Hold<T>(FollowedFlow flow, string subscription, in Delivery<T> delivery)
    {
        // One that is acknowledged on receipt has ended. All others end in the queue, as this is called.
        if (!recorder.IsOpen(subscription, delivery.Token))
        {
            return;
        }

        lock (_gate)
        {
            _held.Add((subscription, delivery.Token), flow);
        }

        flow.Hold(new DeliveryName(subscription, delivery.MessageId, delivery.Attempt));
    }

    /// <summary>Notes that a delivery has ended.</summary>
    public void Release(string subscription, DeliveryToken token)
    {
        FollowedFlow? flow;
        lock (_gate)
        {
            _held.Remove((subscription, token), out flow);
        }

        flow?.Release();
    }

    /// <summary>Gives a delivery whose settlements are calls like all others.</summary>
    public Delivery<T> Wrap<T>(in Delivery<T> delivery, FollowedFlow? flow = null) => new(
        delivery.Body,
        new DeliveryInfo
        {
            Destination = delivery.Destination,
            Headers = delivery.Headers,
            MessageId = delivery.MessageId,
            Sequence = delivery.Sequence,
            SentAtTicks = delivery.SentAt.UtcTicks,
            Token = delivery.Token,
            Attempt = delivery.Attempt,
            Failures = delivery.Failures,
        },
        new TestedSettler<T>(this, delivery, flow));

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
