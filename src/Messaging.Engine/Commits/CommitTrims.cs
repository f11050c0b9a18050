using Messaging.Diagnostics;
using Messaging.Groups;
using Messaging.Logs;
using Messaging.Storage;

namespace Messaging.Commits;

/// <summary>What the store is told that it need not keep: the trims of logs, and what all readers of a log have settled above its floor. Used by the writer's thread only.</summary>
internal sealed class CommitTrims
{
    private readonly SettledRanges _settled = new();

    // Logs of which much was settled above the floor, so that the next commit looks for what all their readers have settled.
    private readonly HashSet<MessageLog> _worthALook = [];

    // What the store knew of the logs before this commit.
    private readonly List<(MessageLog Log, long Trim)> _trims = [];
    private readonly List<(MessageLog Log, IReadOnlyList<(long First, long Last)> Told)> _told = [];

    /// <summary>Gets a value indicating whether there are logs to look at.</summary>
    public bool WantsLook => _worthALook.Count > 0;

    /// <summary>Has what all readers of a log have settled looked for, in this commit or the next.</summary>
    public void NoteWorthALook(MessageLog log) => _worthALook.Add(log);

    /// <summary>Begins a commit with what all readers of a log have settled above its floor. What the store knows from the last commit stays known.</summary>
    /// <param name="commit">Receives the ranges.</param>
    /// <param name="shown">Receives the readers of which something was shown: their states must say so in the same commit.</param>
    public void BeginWithSettled(StoreCommit commit, List<LogReader> shown)
    {
        _trims.Clear();
        _told.Clear();
        foreach (MessageLog log in _worthALook)
        {
            IReadOnlyList<(long First, long Last)> told = log.Progress.ToldSettled;
            int before = commit.Trims.Count;
            log.Progress.NoteLook();
            _settled.Find(log, commit.Trims);
            if (commit.Trims.Count > before)
            {
                _told.Add((log, told));
                shown.AddRange(log.Readers.All);
            }
        }

        _worthALook.Clear();
    }

    /// <summary>Adds the trim of a log whose readers' states are in the commit: what every reader's stored state leaves behind.</summary>
    public void AddTrim(MessageLog log, StoreCommit commit)
    {
        long end = log.Progress.NextSequence;
        long trim = end;
        foreach (StoredReader reader in log.Readers.All)
        {
            trim = Math.Min(trim, reader.KeptFrom);
        }

        if (trim < end && SeededBugs.Is(SeededBug.TrimTooFar))
        {
            trim++;
        }

        if (trim > log.Progress.StoredTrim)
        {
            _trims.Add((log, log.Progress.StoredTrim));
            log.Progress.StoredTrim = trim;
            commit.Trims.Add(new StoreTrim(log.Id, 0, trim));
        }

        if (log.Progress.HasGrownMuch)
        {
            _worthALook.Add(log);
        }
    }

    /// <summary>Takes back what the commit was to tell, after the store has refused it for certain.</summary>
    public void TakeBack()
    {
        foreach ((MessageLog log, long trim) in _trims)
        {
            log.Progress.StoredTrim = trim;
        }

        foreach ((MessageLog log, IReadOnlyList<(long First, long Last)> told) in _told)
        {
            log.Progress.ToldSettled = told;
            _worthALook.Add(log);
        }
    }
}
