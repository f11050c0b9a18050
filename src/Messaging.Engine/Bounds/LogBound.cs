namespace Messaging.Bounds;

/// <summary>The bound of one queue or topic, and when its messages leave it.</summary>
internal sealed class LogBound
{
    private readonly bool _holdsUntilTrimmed;

    private LogBound(string destination, bool holdsUntilTrimmed)
    {
        Gate = new Gate(destination);
        _holdsUntilTrimmed = holdsUntilTrimmed;
    }

    /// <summary>Gets what senders pass.</summary>
    public Gate Gate { get; }

    /// <summary>Gets the gate by which a message leaves that a subscription has settled for good: a queue has one subscription. <see langword="null"/> for a
    /// topic.</summary>
    public Gate? SettledGate => _holdsUntilTrimmed ? null : Gate;

    /// <summary>Gets the gate by which a message leaves that the log has dropped, since all readers have settled it, or that passed by as nobody reads it.
    /// <see langword="null"/> for a queue.</summary>
    public Gate? TrimmedGate => _holdsUntilTrimmed ? Gate : null;

    public static LogBound OfQueue(string name) => new(name, holdsUntilTrimmed: false);

    public static LogBound OfTopic(string name) => new(name, holdsUntilTrimmed: true);
}
