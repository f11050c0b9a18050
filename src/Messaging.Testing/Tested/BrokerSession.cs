using Messaging.Diagnostics;
using Messaging.Testing.Observing;
using Messaging.Testing.Running;

namespace Messaging.Testing.Tested;

/// <summary>What the fronts of one opened broker share: each call enters the context of the broker's work, so that whatever waits in it goes on there.</summary>
internal sealed class BrokerSession(SerialWork work, ObservationRecorder recorder)
{
    // Guarded by _gate.
    private readonly Lock _gate = new();
    private readonly List<Activity> _activities = [];

    public ObservationRecorder Recorder => recorder;

    /// <summary>Gets the deliveries that user code deals with at this moment.</summary>
    public List<DeliveryName> Runnable
    {
        get
        {
            lock (_gate)
            {
                return [.. _activities.Where(activity => activity.IsRunnable).Select(activity => activity.Delivery)];
            }
        }
    }

    /// <summary>Gets or sets how long each delivery of a subscription is held up before its handler or loop has it.</summary>
    public Func<string, ValueTask>? BeforeDelivery { get; set; }

    public SynchronizationContext Context => work.Context;

    public ContextScope Enter() => new(work.Context);

    /// <summary>Calls the broker; whoever waits for it is not runnable meanwhile.</summary>
    public async ValueTask<T> CallAsync<T>(Func<ValueTask<T>> call)
    {
        // Set until this method returns or waits for the first time; the caller keeps its own.
        SynchronizationContext.SetSynchronizationContext(work.Context);
        ValueTask<T> pending = call();
        if (pending.IsCompleted)
        {
            return await pending.ConfigureAwait(WorkContext.IsCurrent);
        }

        using (Activity.Current?.WaitFor() ?? default)
        {
            return await pending.ConfigureAwait(WorkContext.IsCurrent);
        }
    }

    /// <summary>Calls the broker; whoever waits for it is not runnable meanwhile.</summary>
    public async ValueTask CallAsync(Func<ValueTask> call) => await CallAsync(async () =>
    {
        await call().ConfigureAwait(WorkContext.IsCurrent);
        return true;
    }).ConfigureAwait(WorkContext.IsCurrent);

    public Activity Start()
    {
        var activity = new Activity(work);
        lock (_gate)
        {
            _activities.Add(activity);
        }

        return activity;
    }

    public void Forget(Activity activity)
    {
        activity.End();
        lock (_gate)
        {
            _activities.Remove(activity);
        }
    }

    /// <summary>Gives a delivery whose settlements enter the context, too.</summary>
    public Delivery<T> Wrap<T>(in Delivery<T> delivery) => new(
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
        new TestedSettler<T>(this, delivery));
}
