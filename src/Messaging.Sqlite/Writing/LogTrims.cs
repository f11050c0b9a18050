using Messaging.Sqlite.Compaction;
using Messaging.Sqlite.Log;
using Messaging.Sqlite.Segments;
using Messaging.Storage;

namespace Messaging.Sqlite.Writing;

/// <summary>The trims of the logs: what a commit declares dead, and what follows from it for the open and the closed segments.</summary>
/// <remarks>Trims are in no row: the engine's cursors say the same, and it tells them again after every opening.</remarks>
internal sealed class LogTrims(LogTable logs, OpenSegment open, ClosedSegments closed, DeadScan scan)
{
    private const int PlacesACommit = 16;
    private const int PlacesASlice = 256;

    // The pending trims of the commit that is being made: they are applied when it is made.
    private readonly List<(LogState Log, long Trim)> _oldTrims = [];
    private readonly List<(LogState Log, long First, long Last)> _newDead = [];

    // The logs whose trim passed more places than a commit deals with.
    private readonly List<LogState> _behind = [];

    /// <summary>Gets a value indicating whether there are logs whose trim passed more places than a commit deals with.</summary>
    public bool AreBehind => _behind.Count > 0;

    public void Trim(List<StoreTrim> trims)
    {
        foreach (StoreTrim trim in trims)
        {
            if (!logs.TryGet(trim.Log, out LogState? log) || trim.Below <= log.Live.Trim)
            {
                continue;
            }

            if (trim.First > Math.Max(1, log.Live.Trim))
            {
                _newDead.Add((log, trim.First, trim.Below - 1));
            }
            else
            {
                _oldTrims.Add((log, log.Live.Trim));
                log.Live.Trim = trim.Below;
                Trim(log);
            }
        }
    }

    public void Remove(int id)
    {
        if (logs.TryGet(id, out LogState? log))
        {
            logs.Remove(log);
            scan.Forget(log);
            Trim(log);
        }
    }

    /// <summary>Applies the pending trims of the commit, now that it is made.</summary>
    public void Confirm()
    {
        _oldTrims.Clear();
        if (_newDead.Count == 0)
        {
            return;
        }

        foreach (IGrouping<LogState, (LogState Log, long First, long Last)> ranges in _newDead.GroupBy(range => range.Log))
        {
            List<(long First, long Last)> dead = [.. ranges.Select(range => (range.First, range.Last)).Where(range => range.First <= range.Last)];
            if (dead.Count > 0 && !ranges.Key.Removed)
            {
                ranges.Key.Live.AddDead(dead);
                Recount(ranges.Key, dead[0].First, dead.Max(range => range.Last));
            }
        }

        _newDead.Clear();
    }

    /// <summary>Reverts the pending trims of a commit that was not made.</summary>
    public void Undo()
    {
        for (int i = _oldTrims.Count - 1; i >= 0; i--)
        {
            _oldTrims[i].Log.Live.Trim = _oldTrims[i].Trim;
        }

        _oldTrims.Clear();
        _newDead.Clear();
    }

    /// <summary>Begins anew, and applies the trims of commits that were made to what was read anew.</summary>
    /// <param name="removed">The logs that were removed but still have places.</param>
    /// <param name="known">What was remembered of the logs before.</param>
    public void Recover(List<LogState> removed, List<LogState> known)
    {
        _behind.Clear();
        _behind.AddRange(removed);
        var before = known.ToDictionary(log => log.Number);
        foreach (LogState log in logs.All)
        {
            if (before.TryGetValue(log.Number, out LogState? same))
            {
                log.Keep(same);
                Trim(log);
                if (log.Live.Dead is { } dead)
                {
                    Recount(log, dead.First, dead.Last);
                }
            }
        }
    }

    /// <summary>Drops some places of a log that is behind, in the caller's transaction.</summary>
    public void PassSlice()
    {
        LogState log = _behind[^1];
        if (closed.Pass(log, PlacesASlice))
        {
            if (log.Removed)
            {
                logs.Forget(log);
            }

            _behind.RemoveAt(_behind.Count - 1);
        }
    }

    private void Recount(LogState log, long first, long last)
    {
        open.Recount(log, first, last);
        scan.Add(log, first, last);
    }

    private void Trim(LogState log)
    {
        open.Trim(log);
        log.Live.ForgetTrimmed();
        if (!closed.Pass(log, PlacesACommit))
        {
            if (!_behind.Contains(log))
            {
                _behind.Add(log);
            }
        }
        else if (log.Removed)
        {
            logs.Forget(log);
        }
        else
        {
            scan.NoteTrim(log);
        }
    }
}
