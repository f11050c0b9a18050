namespace Messaging.Bounds;

/// <summary>The bound of one queue or topic, to which its log says what became of the messages.</summary>
/// <remarks>A queue's message leaves when the queue's one subscription has settled it. A topic's leaves when all its readers have, so when the log drops it.</remarks>
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

    public static LogBound OfQueue(string name) => new(name, holdsUntilTrimmed: false);

    public static LogBound OfTopic(string name) => new(name, holdsUntilTrimmed: true);

    /// <summary>Lets messages leave that a subscription has settled for good.</summary>
    public void OnSettled(long count)
    {
        if (!_holdsUntilTrimmed)
        {
            Gate.Leave(count);
        }
    }

    /// <summary>Lets messages leave that the log has dropped, or that passed by as nobody reads it.</summary>
    public void OnTrimmed(long count)
    {
        if (_holdsUntilTrimmed)
        {
            Gate.Leave(count);
        }
    }

    /// <summary>Lets messages leave that did not get into the log.</summary>
    public void OnRefused(long count) => Gate.Leave(count);
}
