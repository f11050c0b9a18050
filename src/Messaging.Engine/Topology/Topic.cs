using Messaging.Producers;

namespace Messaging.Topology;

/// <summary>A topic: a log and its bound; the subscriptions that match its name read the log.</summary>
internal sealed class Topic : ITopic
{
    public Topic(Destination destination)
    {
        Destination = destination;
    }

    public string Name => Destination.Log.Name;

    internal Destination Destination { get; }

    /// <summary>Gets or sets the options; <see langword="null"/> while nobody has given any.</summary>
    internal TopicOptions? Options { get; set; }

    public IProducer<T> Producer<T>()
    {
        Destination.Context.ThrowIfClosed();
        return new Producer<T>(Destination);
    }

    public override string ToString() => $"Topic '{Name}'";

    internal void Apply(TopicOptions options)
    {
        Destination.Admission.Capacity = options.Capacity;
        Destination.Admission.FullMode = options.FullMode;
        Destination.Serialize = options.Serialize;
        Destination.Log.TrimStep = (int)Math.Clamp(options.Capacity / 16, 1, 64);
    }
}
