using Messaging.Bounds;

namespace Messaging.Logs;

/// <summary>The readers of a log, with what they want together. It never changes; a log whose readers change has another one.</summary>
internal sealed class LogReaders
{
    public static readonly LogReaders None = new([]);

    public LogReaders(LogReader[] all)
    {
        All = all;
        Keep = Array.Exists(all, static reader => reader.Collects);
        Backlogs = [.. all.Select(static reader => reader.Backlog).OfType<Backlog>()];
        CountBytes = Array.Exists(Backlogs, static backlog => backlog.Limit.MaxBytes is not null);
    }

    public LogReader[] All { get; }

    /// <summary>Gets a value indicating whether one wants what is new. Otherwise it passes by, and only its number is counted.</summary>
    public bool Keep { get; }

    /// <summary>Gets the bounds of those that have one.</summary>
    public Backlog[] Backlogs { get; }

    /// <summary>Gets a value indicating whether a bound counts bytes, so that records must have some.</summary>
    public bool CountBytes { get; }

    /// <summary>Has the readers settle what is acknowledged, for a sender that finds no room.</summary>
    public void SettleAcks()
    {
        foreach (LogReader reader in All)
        {
            reader.Owner.SettleAcks();
        }
    }

    /// <summary>Determines whether no reader wants a record any more.</summary>
    public bool HaveSettled(long sequence)
    {
        foreach (LogReader reader in All)
        {
            if (!reader.Owner.IsSettled(reader, sequence))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Gets the first number that takes room for one of them; the end of the log for none.</summary>
    public long HeldFrom(long end)
    {
        long first = end;
        foreach (LogReader reader in All)
        {
            first = Math.Min(first, reader.HeldFrom);
        }

        return first;
    }
}
