using Messaging.Consumers;
using Messaging.Context;
using Messaging.DeadLetters;
using Messaging.Diagnostics;
using Messaging.Subscriptions;
using Messaging.Workers;

namespace Messaging.Topology;

/// <summary>What queues and subscriptions to topics have in common for the application.</summary>
internal abstract class SubscriptionFacade : ISubscription
{
    private readonly BrokerContext _context;
    private readonly TrackedWorkers _workers;

    protected SubscriptionFacade(BrokerContext context, TrackedWorkers workers, Subscription core, IDeadLetterTarget target)
    {
        _context = context;
        _workers = workers;
        Core = core;
        DeadLetters = new DeadLetterQueue(context, core, target);
    }

    public string Name => Core.Name;

    public abstract string Pattern { get; }

    public SubscriptionStatistics Statistics
    {
        get
        {
            ThrowIfGone();
            return _context.Counts.Read(this, static subscription => subscription.ReadStatistics());
        }
    }

    public IDeadLetterQueue DeadLetters { get; }

    public bool IsPaused
    {
        get
        {
            ThrowIfGone();
            return Core.Parts.Control.IsPaused;
        }
    }

    public int OpenConsumers
    {
        get
        {
            ThrowIfGone();
            return Core.Parts.Control.Use.Consumers;
        }
    }

    public DateTimeOffset LastActivity
    {
        get
        {
            ThrowIfGone();
            return Core.Parts.Control.Use.LastActivity;
        }
    }

    public bool IsSuspended
    {
        get
        {
            ThrowIfGone();
            return Core.Parts.Suspending.IsSuspended;
        }
    }

    internal Subscription Core { get; }

    public void Pause()
    {
        ThrowIfGone();
        Core.Parts.Control.Pause();
    }

    public void Resume()
    {
        ThrowIfGone();
        Core.Parts.Suspending.Resume();
    }

    public IConsumer<T> Consumer<T>(ConsumerOptions? options = null)
    {
        ThrowIfGone();
        return new Consumer<T>(_context, Core, options ?? new ConsumerOptions());
    }

    public IWorker Handle<T>(Func<Delivery<T>, CancellationToken, ValueTask> handler, HandlerOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(handler);
        ThrowIfGone();
        var worker = new Worker<T>(_context, Core, handler, options ?? new HandlerOptions());
        if (!_workers.TryAdd(worker))
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
        SubscriptionStatistics counts = Core.Parts.Logs.ReadStatistics(CountScheduled());
        return counts with { Damaged = counts.Damaged + CountDamagedScheduled() };
    }

    protected virtual long CountScheduled() => 0;

    protected virtual long CountDamagedScheduled() => 0;

    protected void ThrowIfGone()
    {
        _context.ThrowIfClosed();
        if (Core.IsShut)
        {
            throw new ObjectDisposedException(ToString());
        }
    }
}
