namespace Messaging.Checkers;

/// <summary>What one or more workload processes did and saw, in the order of its happening.</summary>
/// <remarks>An operation that takes time is two events: one as it is invoked, one with its outcome. What is seen, as a delivery, is one.</remarks>
public sealed class History
{
    private readonly List<HistoryEvent> _events = [];

    /// <summary>Gets the events in order.</summary>
    public IReadOnlyList<HistoryEvent> Events => _events;

    /// <summary>Adds an event at the end.</summary>
    public void Add(HistoryEvent happened)
    {
        ArgumentNullException.ThrowIfNull(happened);
        _events.Add(happened);
    }

    /// <summary>Adds the event of a line at the end.</summary>
    /// <returns>Whether the line is a whole one; a crash may have cut the last one off.</returns>
    public bool AddLine(string? line)
    {
        if (!HistoryLine.TryRead(line, out HistoryEvent? happened))
        {
            return false;
        }

        _events.Add(happened);
        return true;
    }

    /// <summary>Gets the events of some operations.</summary>
    public IEnumerable<HistoryEvent> Of(params HistoryOperation[] operations) =>
        _events.Where(happened => operations.Contains(happened.Operation));

    /// <summary>Gets the events about one message, for telling its story.</summary>
    public IEnumerable<HistoryEvent> About(string message) => _events.Where(happened => happened.Message == message);
}
