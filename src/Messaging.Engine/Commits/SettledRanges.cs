using Messaging.Groups;
using Messaging.Logs;
using Messaging.Storage;

namespace Messaging.Commits;

/// <summary>The search for what every reader of a log has settled above its floor. Used by the writer's thread only.</summary>
/// <remarks>It looks at every range of every reader, so it is made when much was settled, not at every commit.</remarks>
internal sealed class SettledRanges
{
    private List<(long First, long Last)> _settled = [];
    private List<(long First, long Last)> _narrowed = [];
    private readonly List<(long First, long Last)> _theirs = [];

    /// <summary>Finds what a log's readers have settled, and tells what is new. The readers' states must be written in the same commit.</summary>
    /// <param name="log">The log, which remembers what was told.</param>
    /// <param name="output">Receives the ranges.</param>
    public void Find(MessageLog log, List<StoreTrim> output)
    {
        _settled.Clear();
        ReadOnlySpan<LogReader> readers = log.Readers.All;
        if (!readers.IsEmpty)
        {
            Copy(readers[0], _settled);
            foreach (LogReader reader in readers[1..])
            {
                Narrow(reader);
            }
        }

        Tell(log, output);

        // The first range lies below the floor, which the log's trim tells.
        log.Progress.ToldSettled = _settled.Count > 1 ? [.. _settled] : [];
    }

    private static void Copy(LogReader reader, List<(long First, long Last)> output)
    {
        var stored = (StoredReader)reader;
        stored.States.CopySettled(stored, output);
    }

    // Leaves what another reader has settled too.
    private void Narrow(LogReader reader)
    {
        _theirs.Clear();
        _narrowed.Clear();
        Copy(reader, _theirs);
        for (int i = 0, j = 0; i < _settled.Count && j < _theirs.Count;)
        {
            long first = Math.Max(_settled[i].First, _theirs[j].First);
            long last = Math.Min(_settled[i].Last, _theirs[j].Last);
            if (first <= last)
            {
                _narrowed.Add((first, last));
            }

            if (_settled[i].Last < _theirs[j].Last)
            {
                i++;
            }
            else
            {
                j++;
            }
        }

        (_settled, _narrowed) = (_narrowed, _settled);
    }

    private void Tell(MessageLog log, List<StoreTrim> output)
    {
        IReadOnlyList<(long First, long Last)> told = log.Progress.ToldSettled;
        int old = 0;
        for (int i = 1; i < _settled.Count; i++)
        {
            (long first, long last) = _settled[i];
            while (old < told.Count && told[old].Last < first)
            {
                old++;
            }

            for (int at = old; at < told.Count && told[at].First <= last; at++)
            {
                if (first < told[at].First)
                {
                    output.Add(new StoreTrim(log.Id, first, told[at].First));
                }

                first = Math.Max(first, told[at].Last + 1);
            }

            if (first <= last)
            {
                output.Add(new StoreTrim(log.Id, first, last + 1));
            }
        }
    }
}
