namespace Messaging.Bounds;

/// <summary>The room that a send has taken beside that of its destination's own gate: in the backlogs of the readers that hold senders up.</summary>
/// <remarks>It travels with the messages. In their log they count in the backlogs of those who read it by then, whatever was
/// entered before; so room in any other backlog is given back there. The default is for a send that has entered none.</remarks>
internal readonly struct RoomTicket(Backlog[] entered)
{
    private readonly Backlog[]? _entered = entered;

    /// <summary>Counts messages that enter a log in the backlogs of its readers, but for those that were entered before the send.</summary>
    /// <param name="present">The backlogs of the readers.</param>
    /// <param name="count">The number of messages.</param>
    /// <param name="bytes">Their size together.</param>
    public void Join(Backlog[] present, long count, long bytes)
    {
        foreach (Backlog backlog in present)
        {
            if (!backlog.Asks || _entered is null || (_entered != present && !_entered.Contains(backlog)))
            {
                backlog.Add(count, bytes);
            }
        }
    }

    /// <summary>Gives back the room in all backlogs in which the messages do not count.</summary>
    /// <param name="present">The backlogs in which they count; none for messages that were not sent after all.</param>
    /// <param name="count">The number of messages.</param>
    /// <param name="bytes">Their size together.</param>
    public void Leave(Backlog[] present, long count, long bytes)
    {
        if (_entered is not null && _entered != present)
        {
            LeaveOthers(_entered, present, count, bytes);
        }
    }

    private static void LeaveOthers(Backlog[] entered, Backlog[] present, long count, long bytes)
    {
        foreach (Backlog backlog in entered)
        {
            if (backlog.Asks && !present.Contains(backlog))
            {
                backlog.Leave(count, bytes);
            }
        }
    }
}
