namespace Messaging.Testing.Histories;

/// <summary>What one or more clients and processes did to a broker and saw of it, in the order of its happening.</summary>
/// <remarks>
/// <para>An operation that takes time is two events: one as it is invoked, one with its outcome. What is only seen, as a delivery, is
/// one. Whoever dies between the two leaves the first alone: its outcome is unknown, and checkers treat it so.</para>
/// <para>A history of several processes is that of the first, an event <see cref="HistoryOperation.Crash"/> or
/// <see cref="HistoryOperation.Close"/>, and that of the next, on one clock. Its text is one <see cref="HistoryLine"/> per event.</para>
/// <para>It is not synchronized: who adds to it from several threads takes turns.</para>
/// </remarks>
public sealed class History
{
    private readonly List<HistoryEvent> _events = [];

    /// <summary>Creates a history without events.</summary>
    public History()
    {
    }

    /// <summary>Creates a history of some events.</summary>
    /// <param name="events">The events in their order.</param>
    public History(IEnumerable<HistoryEvent> events)
    {
        ArgumentNullException.ThrowIfNull(events);
        _events.AddRange(events);
    }

    /// <summary>Gets the events in order.</summary>
    public IReadOnlyList<HistoryEvent> Events => _events;

    /// <summary>Reads what <see cref="WriteTo"/> or a <see cref="HistoryWriter"/> has written.</summary>
    /// <param name="input">The text. A line that was cut off is left out: a crash may have done that.</param>
    /// <exception cref="FormatException">A whole line is not one of a history; the message names its number.</exception>
    public static History Load(TextReader input)
    {
        ArgumentNullException.ThrowIfNull(input);
        var history = new History();
        for (int number = 1; input.ReadLine() is { } line; number++)
        {
            if (!history.AddLine(line) && HistoryLine.IsWhole(line))
            {
                throw new FormatException($"Line {number} is not one of a history: {line}");
            }
        }

        return history;
    }

    /// <summary>Adds an event at the end.</summary>
    /// <param name="happened">The event.</param>
    public void Add(HistoryEvent happened)
    {
        ArgumentNullException.ThrowIfNull(happened);
        _events.Add(happened);
    }

    /// <summary>Adds the event of a line at the end, for reading what another process tells while it runs.</summary>
    /// <param name="line">The line without its end.</param>
    /// <returns>Whether the line is a whole one of a history; if not, nothing was added.</returns>
    public bool AddLine(string? line)
    {
        if (!HistoryLine.TryRead(line, out HistoryEvent? happened))
        {
            return false;
        }

        _events.Add(happened);
        return true;
    }

    /// <summary>Gets the events of some operations, in order.</summary>
    /// <param name="operations">The operations.</param>
    public IEnumerable<HistoryEvent> Of(params HistoryOperation[] operations) =>
        _events.Where(happened => operations.Contains(happened.Operation));

    /// <summary>Gets the story of one message: what is told of it, and the openings, closings and crashes in between, which explain
    /// much of it.</summary>
    /// <param name="message">The message, as <see cref="HistoryEvent.Message"/> names it.</param>
    public History About(string message) => new(_events.Where(happened => happened.Message == message
        || happened.Operation is HistoryOperation.Open or HistoryOperation.Close or HistoryOperation.Crash));

    /// <summary>Writes the history as text, a line per event.</summary>
    /// <param name="output">Where to.</param>
    public void WriteTo(TextWriter output)
    {
        ArgumentNullException.ThrowIfNull(output);
        foreach (HistoryEvent happened in _events)
        {
            output.WriteLine(HistoryLine.Write(happened));
        }
    }

    /// <summary>Gets the whole text, as <see cref="WriteTo"/> writes it.</summary>
    public override string ToString()
    {
        using var text = new StringWriter();
        WriteTo(text);
        return text.ToString();
    }
}
