namespace Messaging.Sqlite.Log;

/// <content>Recovery: from the rows to what the writer remembers, at opening and after a rollback.</content>
internal sealed partial class LogWriter
{
    /// <summary>Recovers: reads the logs, and the directories of the open segment. The trims of commits that were made are kept.</summary>
    /// <exception cref="InvalidDataException">A directory is damaged.</exception>
    public void Load()
    {
        Undo();
        var known = _logs.All.Where(log => log.Trim > 0 || !log.Dead.IsEmpty).ToDictionary(log => log.Number);
        _open.Clear();
        _compactor.Clear();
        _behind.Clear();
        _dead.Clear();
        _logs.Load(_behind);
        long lastClosed = _segments.Load();

        // Ids are not given twice while the store is open, even after a rollback: readers remember where they stopped.
        _nextBatch = Math.Max(_nextBatch, lastClosed + 1);
        LoadPlaces();
        LoadOpenSegment(lastClosed);
        foreach (LogState log in _logs.All)
        {
            // What was noted and is not there was consumed, or is damaged: readers know which.
            log.Last = Math.Max(log.Last, log.LastNoted);
        }

        foreach (LogState log in _logs.All)
        {
            if (known.TryGetValue(log.Number, out LogState? before))
            {
                log.Trim = before.Trim;
                log.Dead = before.Dead;
                Trim(log);
                Recount(log);
            }
        }
    }

    // Reverts the pending trims of a commit that was not made.
    private void Undo()
    {
        for (int i = _oldTrims.Count - 1; i >= 0; i--)
        {
            _oldTrims[i].Log.Trim = _oldTrims[i].Trim;
        }

        _oldTrims.Clear();
        _newDead.Clear();
    }

    private void LoadPlaces()
    {
        foreach (LogState log in _logs.All)
        {
            log.Last = _segments.LastOf(log);
            log.OldestPlace = log.Last == 0 ? LogState.None : LogState.Unknown;
        }
    }

    private void LoadOpenSegment(long lastClosed)
    {
        _walk.Begin(lastClosed + 1, long.MaxValue);
        try
        {
            while (_walk.Next())
            {
                _nextBatch = Math.Max(_nextBatch, _walk.Damage is null ? _walk.Id + 1 : 0);
                LoadBatch();
            }
        }
        finally
        {
            _walk.End();
        }
    }

    private void LoadBatch()
    {
        var runs = new List<BatchRun>();
        try
        {
            if (_walk.Damage is { } damage)
            {
                throw new InvalidDataException(damage.Message, damage);
            }

            var directory = new BatchDirectory(_walk.Id, _walk.Directory);
            while (directory.MoveNext())
            {
                runs.Add(directory.Current);
            }
        }
        catch (InvalidDataException e)
        {
            _damage.Meet(BatchWalk.Describe(_walk.Id, e), e);
            // It is counted as needed, so that it stays until its segment goes.
            _open.Add(new OpenBatch(_walk.Id, 0) { LiveRuns = 1 });
            return;
        }

        var batch = new OpenBatch(_walk.Id, runs.Sum(run => run.Bytes));
        _open.Add(batch);
        foreach (BatchRun run in runs)
        {
            if (_logs.TryGetNumber(run.Log, out LogState? log))
            {
                _open.Add(batch, log, run);
                log.Last = Math.Max(log.Last, run.Last);
                log.Sample = (log.Sample.Records + run.Count, log.Sample.Bytes + run.Bytes);
            }
        }

        if (batch.LiveRuns == 0)
        {
            _open.Drop(batch, _dead);
        }
    }
}
