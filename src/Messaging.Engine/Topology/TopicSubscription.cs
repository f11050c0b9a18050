using Messaging.Context;
using Messaging.DeadLetters;
using Messaging.Subscriptions;

namespace Messaging.Topology;

/// <summary>A durable subscription to the topics that match a pattern.</summary>
internal sealed class TopicSubscription : SubscriptionFacade
{
    public TopicSubscription(BrokerContext context, TrackedWorkers workers, Subscription core, TopicPattern pattern, RedriveTarget target)
        : base(context, workers, core, target)
    {
        Topics = pattern;
        Redriven = target;
    }

    public override string Pattern => Topics.Text;

    internal TopicPattern Topics { get; }

    internal RedriveTarget Redriven { get; }

    /// <summary>Gets or sets the commit that declares it.</summary>
    internal Task Declared { get; set; } = Task.CompletedTask;

    /// <summary>Gets or sets the task of its removal; <see langword="null"/> while it is there. Guarded by the topology.</summary>
    internal Task? Removal { get; set; }

    /// <summary>Gets or sets the options; <see langword="null"/> while nobody has given any.</summary>
    internal SubscriptionOptions? Options { get; set; }

    public override string ToString() => $"Subscription '{Name}' to '{Pattern}'";

    /// <summary>Checks the pattern that somebody gives, and puts options in force if there are none. Guarded by the topology.</summary>
    internal void TakeOver(string pattern, SubscriptionOptions? options)
    {
        if (!string.Equals(Pattern, pattern, StringComparison.Ordinal))
        {
            throw new InvalidOperationException(
                $"The subscription '{Name}' has the pattern '{Pattern}', not '{pattern}'. Unsubscribe first to change it.");
        }

        if (options is not null && Options is null)
        {
            Options = options;
            Core.Apply(options);
        }
    }
}
