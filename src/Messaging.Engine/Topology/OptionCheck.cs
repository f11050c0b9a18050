namespace Messaging.Topology;

/// <summary>What is wrong with the options of a queue, topic or subscription: among themselves, for this broker, or beside those in use.</summary>
internal static class OptionCheck
{
    /// <exception cref="ArgumentException">The limit of the backlog does not go with the other options.</exception>
    public static void Check(SubscriptionOptions? options)
    {
        string? wrong = options switch
        {
            { Backlog.Action: BacklogAction.DeadLetterOldest, DeadLetter: false } => "DeadLetterOldest needs dead letters, and DeadLetter is false",
            QueueOptions { Backlog.Action: BacklogAction.Suspend } => "Suspend is for subscriptions to topics: what passed a queue by would be nowhere",
            QueueOptions { Backlog: not null, FullMode: FullMode.DropOldest } =>
                "FullMode.DropOldest and a Backlog both say what goes when a queue is full; give MaxMessages with BacklogAction.DropOldest",
            _ => null,
        };
        if (wrong is not null)
        {
            throw new ArgumentException($"The backlog limit {options!.Backlog} is not possible here: {wrong}.", nameof(options));
        }
    }

    /// <exception cref="ArgumentException">It is more than the store offers.</exception>
    public static Durability? Check(Durability? wanted, Durability offered) =>
        wanted is { } durability && durability > offered
            ? throw new ArgumentException(
                $"Durability {durability} is more than this broker offers, which is {offered}. "
                + "Ask for that at most, or open a broker on a store that offers more, such as a file.",
                nameof(Durability))
            : wanted;

    /// <summary>Compares options with those in use, which nobody changes any more. They hold policies of the user's: never under the lock.</summary>
    public static void CheckSame<TOptions>(string kind, string name, TOptions? wanted, TOptions? inUse)
        where TOptions : class, IEquatable<TOptions>
    {
        if (wanted is not null && inUse is not null && !ReferenceEquals(wanted, inUse) && !wanted.Equals(inUse))
        {
            throw new InvalidOperationException(
                $"The {kind} '{name}' is in use with other options: {OptionDifference.Of(wanted, inUse)}. "
                + $"Give options with the first use of a {kind}; later give the same ones, or none.");
        }
    }
}
