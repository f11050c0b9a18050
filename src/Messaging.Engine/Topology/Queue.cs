using Messaging.Context;
using Messaging.DeadLetters;
using Messaging.Logs;
using Messaging.Producers;
using Messaging.Subscriptions;

namespace Messaging.Topology;

/// <summary>A queue: a log, its bound, and its one subscription.</summary>
internal sealed class Queue : SubscriptionFacade, IQueue
{
    private readonly Destination _destination;

    public Queue(BrokerContext context, TrackedWorkers workers, Subscription core, Destination destination)
        : base(context, workers, core, new Target(destination))
    {
        _destination = destination;
    }

    public override string Pattern => Name;

    internal Destination Destination => _destination;

    /// <summary>Gets or sets the options; <see langword="null"/> while nobody has given any.</summary>
    internal QueueOptions? Options { get; set; }

    public IProducer<T> Producer<T>()
    {
        ThrowIfGone();
        return new Producer<T>(_destination);
    }

    public override string ToString() => $"Queue '{Name}'";

    internal void Apply(QueueOptions options)
    {
        Core.Apply(options);
        ApplyToSenders(options);
    }

    internal void ApplyToSenders(QueueOptions options)
    {
        _destination.Admission.Capacity = options.Capacity;
        _destination.Admission.FullMode = options.FullMode;
        _destination.Serialize = options.Serialize;
    }

    protected override long CountScheduled() => _destination.Scheduled.Index.CountFor(_destination.Log);

    protected override long CountDamagedScheduled() => _destination.Scheduled.Index.CountDamagedFor(_destination.Log);

    private sealed class Target(Destination destination) : IDeadLetterTarget
    {
        public MessageLog Accept()
        {
            destination.Admission.Add(1);
            return destination.Log;
        }
    }
}
