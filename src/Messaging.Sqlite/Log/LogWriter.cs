using System.Runtime.InteropServices;
using Messaging.Sqlite.Diagnostics;
using Messaging.Sqlite.Files;
using Messaging.Storage;

namespace Messaging.Sqlite.Log;

/// <summary>The writing side of the global log: appends batches, and deletes what lies below the logs' trims.</summary>
/// <remarks>What it remembers is what the file says plus the transaction that runs; after a rollback it is loaded again.</remarks>
internal sealed class LogWriter
{
    private const int PlacesACommit = 16;
    private const int PlacesASlice = 256;

    private readonly Database _database;
    private readonly DamageReport _damage;
    private readonly BatchWalk _walk;
    private readonly LogTable _logs;
    private readonly SegmentTable _segments;
    private readonly BatchEncoder _encoder = new();
    private readonly OpenSegment _open = new();
    private readonly Statement _insert;
    private readonly Statement _delete;
    private readonly Statement _select;

    // Batches to delete in this commit, and logs whose trim passed more places than a commit deals with.
    private readonly List<long> _dead = [];
    private readonly List<LogState> _behind = [];
    private long _nextBatch;

    /// <param name="database">The connection.</param>
    /// <param name="damage">Is told of damaged directories.</param>
    public LogWriter(Database database, DamageReport damage)
    {
        _database = database;
        _damage = damage;
        _walk = new BatchWalk(database, withBodies: false);
        _logs = new LogTable(database);
        _segments = new SegmentTable(database, damage);
        _insert = database.Prepare("INSERT INTO batch (id, directory, body) VALUES (?1, ?2, ?3)");
        _delete = database.Prepare("DELETE FROM batch WHERE id BETWEEN ?1 AND ?2");
        _select = database.Prepare("SELECT id, directory, body FROM batch WHERE id BETWEEN ?1 AND ?2 ORDER BY id");
    }

    /// <summary>Gets a value indicating whether there is something to tidy outside of commits.</summary>
    public bool HasGarbage => _behind.Count > 0 || _segments.HasDead || NeedsGathering;

    private bool NeedsGathering => _open.IsFull && _open.IsSparse;

    /// <summary>Recovers: reads the logs, and the directories of the open segment. The trims given so far are kept.</summary>
    /// <exception cref="InvalidDataException">A directory is damaged.</exception>
    public void Load()
    {
        var trims = _logs.All.Where(log => log.Trim > 0).ToDictionary(log => log.Number, log => log.Trim);
        _open.Clear();
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
            if (trims.TryGetValue(log.Number, out long trim))
            {
                log.Trim = trim;
                Trim(log);
            }
        }
    }

    /// <summary>Gets the last sequence number of each log that holds records.</summary>
    public Dictionary<int, long> LastSequences() => _logs.All.Where(log => log.Last > 0).ToDictionary(log => log.Id, log => log.Last);

    /// <summary>Gets a value indicating whether <see cref="NoteLast"/> has something to do.</summary>
    public bool HasUnnoted => _logs.HasUnnoted;

    /// <summary>Notes the last record of each log in its row.</summary>
    public void NoteLast() => _logs.NoteLast();

    /// <summary>Gets the mean size of some of the records of each log that holds any.</summary>
    public Dictionary<int, long> MeanRecordBytes() =>
        _logs.All.Where(log => log.Sample.Records > 0).ToDictionary(log => log.Id, log => (log.Sample.Bytes + log.Sample.Records - 1) / log.Sample.Records);

    public void Append(List<StoreAppend> appends)
    {
        ReadOnlySpan<StoreAppend> rest = CollectionsMarshal.AsSpan(appends);
        while (!rest.IsEmpty)
        {
            long id = _nextBatch++;
            int taken = _encoder.Encode(id, rest, _logs);
            _insert.Bind(1, id).Bind(2, _encoder.Directory).Bind(3, _encoder.Body).Run();
            var batch = new OpenBatch(id, _encoder.Body.Length);
            _open.Add(batch);
            ReadOnlySpan<LogState> logs = _encoder.Logs;
            for (int i = 0; i < logs.Length; i++)
            {
                _open.Add(batch, logs[i], _encoder.Runs[i]);
            }

            rest = rest[taken..];
        }
    }

    public void Trim(List<StoreTrim> trims)
    {
        foreach (StoreTrim trim in trims)
        {
            if (_logs.TryGet(trim.Log, out LogState? log) && trim.Below > log.Trim)
            {
                log.Trim = trim.Below;
                Trim(log);
            }
        }
    }

    public void Remove(int id)
    {
        if (_logs.TryGet(id, out LogState? log))
        {
            _logs.Remove(log);
            Trim(log);
        }
    }

    /// <summary>Ends a commit: deletes the batches that died in it, and closes the open segment if it is full.</summary>
    public void Finish()
    {
        DeleteDead();
        if (_open.IsFull && (!_open.IsSparse || _open.IsOverfull))
        {
            _segments.Close(_open, _nextBatch - 1);
        }
    }

    /// <summary>Frees a bounded part of what is dead outside of commits.</summary>
    public void FreeSlice()
    {
        if (NeedsGathering)
        {
            Gather();
        }
        else if (_segments.HasDead)
        {
            _segments.DeleteSlice();
        }
        else if (_segments.Pass(_behind[^1], PlacesASlice))
        {
            if (_behind[^1].Removed)
            {
                _logs.Forget(_behind[^1]);
            }

            _behind.RemoveAt(_behind.Count - 1);
        }
    }

    private void Trim(LogState log)
    {
        _open.Trim(log, _dead);
        if (!_segments.Pass(log, PlacesACommit))
        {
            if (!_behind.Contains(log))
            {
                _behind.Add(log);
            }
        }
        else if (log.Removed)
        {
            _logs.Forget(log);
        }
    }

    // Writes the open segment's few survivors once more, at the end of the log, and deletes all of its batches.
    private void Gather()
    {
        Dictionary<long, LogState> logs = _open.Logs.ToDictionary(log => log.Number);
        List<StoreAppend> survivors;
        try
        {
            survivors = ReadSurvivors(logs);
        }
        catch (Exception e) when (DamageReport.IsDamage(e))
        {
            // Damaged batches are left where they are; reading them reports the damage.
            _segments.Close(_open, _nextBatch - 1);
            return;
        }

        _delete.Bind(1, _open.First).Bind(2, _nextBatch - 1).Run();
        _open.Clear();
        Dictionary<LogState, long> last = logs.Values.ToDictionary(log => log, log => log.Last);
        foreach (LogState log in logs.Values)
        {
            log.Last = 0;
        }

        Append(survivors);
        foreach ((LogState log, long number) in last)
        {
            log.Last = number;
        }
    }

    private List<StoreAppend> ReadSurvivors(Dictionary<long, LogState> logs)
    {
        var survivors = new List<StoreAppend>();
        var records = new List<StoreRecord>();
        _select.Bind(1, _open.First).Bind(2, _nextBatch - 1);
        try
        {
            while (_select.Step())
            {
                var directory = new BatchDirectory(_select.Int64(0), _select.Blob(1));
                ReadOnlySpan<byte> body = directory.Verify(_select.Blob(2));
                while (directory.MoveNext())
                {
                    BatchRun run = directory.Current;
                    if (logs.TryGetValue(run.Log, out LogState? log) && run.Last >= log.Trim)
                    {
                        records.Clear();
                        var collector = new RecordCollector(new StoreRange(log.Id, log.Trim, int.MaxValue, int.MaxValue), records);
                        collector.Take(run, run.In(body));
                        survivors.AddRange(records.Select(record => new StoreAppend(log.Id, record.Sequence, record.Payload)));
                    }
                }
            }
        }
        finally
        {
            _select.Reset();
        }

        return survivors;
    }

    private void DeleteDead()
    {
        _dead.Sort();
        for (int i = 0; i < _dead.Count;)
        {
            int end = i + 1;
            while (end < _dead.Count && _dead[end] == _dead[end - 1] + 1)
            {
                end++;
            }

            _delete.Bind(1, _dead[i]).Bind(2, _dead[end - 1]).Run();
            CrashPoint.Reached(CrashPoint.BatchesFreed);
            i = end;
        }

        _dead.Clear();
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
        Dictionary<long, LogState> byNumber = _logs.All.ToDictionary(log => log.Number);
        _walk.Begin(lastClosed + 1, long.MaxValue);
        try
        {
            while (_walk.Next())
            {
                _nextBatch = Math.Max(_nextBatch, _walk.Damage is null ? _walk.Id + 1 : 0);
                LoadBatch(byNumber);
            }
        }
        finally
        {
            _walk.End();
        }
    }

    private void LoadBatch(Dictionary<long, LogState> byNumber)
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
            if (byNumber.TryGetValue(run.Log, out LogState? log))
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
