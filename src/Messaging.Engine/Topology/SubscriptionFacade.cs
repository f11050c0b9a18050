using Messaging.Consumers;
using Messaging.Diagnostics;
using Messaging.Subscriptions;

namespace Messaging.Topology;

/// <summary>What queues and subscriptions to topics have in common for the application.</summary>
internal abstract class SubscriptionFacade : ISubscription
{
    private readonly BrokerTopology _topology;

    protected SubscriptionFacade(BrokerTopology topology, Subscription core, IDeadLetterTarget target)
    {
        _topology = topology;
        Core = core;
        DeadLetters = new DeadLetterQueue(topology, core, target);
    }

    public string Name => Core.Name;

    public abstract string Pattern { get; }

    public SubscriptionStatistics Statistics
    {
        get
        {
            ThrowIfGone();
            return Context.Counts.Read(this, static subscription => subscription.ReadStatistics());
        }
    }

    public IDeadLetterQueue DeadLetters { get; }

    public bool IsPaused
    {
        get
        {
            ThrowIfGone();
            return Core.Control.IsPaused;
        }
    }

    public int OpenConsumers
    {
        get
        {
            ThrowIfGone();
            return Core.Control.Use.Consumers;
        }
    }

    public DateTimeOffset LastActivity
    {
        get
        {
            ThrowIfGone();
            return Core.Control.Use.LastActivity;
        }
    }

    public bool IsSuspended
    {
        get
        {
            ThrowIfGone();
            return Core.Control.IsSuspended;
        }
    }

    internal Subscription Core { get; }

    protected BrokerContext Context => _topology.Context;

    public void Pause()
    {
        ThrowIfGone();
        Core.Control.Pause();
    }

    public void Resume()
    {
        ThrowIfGone();
        Core.Control.Resume();
    }

    public IConsumer<T> Consumer<T>(ConsumerOptions? options = null)
    {
        ThrowIfGone();
        return new Consumer<T>(Context, Core, options ?? new ConsumerOptions());
    }

    public IWorker Handle<T>(Func<Delivery<T>, CancellationToken, ValueTask> handler, HandlerOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(handler);
        ThrowIfGone();
        var worker = new Worker<T>(Context, Core, handler, options ?? new HandlerOptions());
        if (!_topology.TryTrack(worker))
        {
            worker.Abandon();
            throw BrokerClosed.Exception();
        }

        worker.Start();
        return worker;
    }

    public abstract override string ToString();

    private SubscriptionStatistics ReadStatistics()
    {
        SubscriptionStatistics counts = Core.Logs.ReadStatistics(CountScheduled());
        return counts with { Damaged = counts.Damaged + CountDamagedScheduled() };
    }

    protected virtual long CountScheduled() => 0;

    protected virtual long CountDamagedScheduled() => 0;

    protected void ThrowIfGone()
    {
        _topology.ThrowIfClosed();
        if (Core.IsShut)
        {
            throw new ObjectDisposedException(ToString());
        }
    }
}
