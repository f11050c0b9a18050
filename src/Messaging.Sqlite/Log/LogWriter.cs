using System.Runtime.InteropServices;
using Messaging.Sqlite.Connections;
using Messaging.Sqlite.Diagnostics;
using Messaging.Storage;

namespace Messaging.Sqlite.Log;

/// <summary>The writing side of the global log: appends batches, and deletes what the logs' trims say is dead.</summary>
/// <remarks>What it remembers is what the file says plus the transaction that runs; after a rollback it is loaded again. Trims
/// are in no row: the engine's cursors say the same, and it tells them again after every opening.</remarks>
internal sealed partial class LogWriter
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
    private readonly Compactor _compactor;
    private readonly ReadHints _hints;
    private readonly Statement _insert;
    private readonly Statement _delete;
    private readonly Statement _select;

    // Batches to delete in this commit, and logs whose trim passed more places than a commit deals with.
    private readonly List<long> _dead = [];
    private readonly List<LogState> _behind = [];

    // The pending trims of the commit that is being made: they are applied when it is made.
    private readonly List<(LogState Log, long Trim)> _oldTrims = [];
    private readonly List<(LogState Log, long First, long Last)> _newDead = [];
    private long _nextBatch;
    private long _appended;

    /// <param name="database">The connection.</param>
    /// <param name="damage">Is told of damaged directories.</param>
    /// <param name="hints">Is told when records move.</param>
    /// <param name="options">The options.</param>
    public LogWriter(Database database, DamageReport damage, ReadHints hints, SqliteStoreOptions options)
    {
        _hints = hints;
        _database = database;
        _damage = damage;
        _walk = new BatchWalk(database, withBodies: false);
        _logs = new LogTable(database);
        _segments = new SegmentTable(database, damage, options.GarbageLeft);
        _compactor = new Compactor(database, _logs, _segments, _encoder, hints);
        _insert = database.Prepare("INSERT INTO batch (id, directory, body) VALUES (?1, ?2, ?3)");
        _delete = database.Prepare("DELETE FROM batch WHERE id BETWEEN ?1 AND ?2");
        _select = database.Prepare("SELECT id, directory, body FROM batch WHERE id BETWEEN ?1 AND ?2 ORDER BY id");
    }

    /// <summary>Gets a value indicating whether there is something to tidy outside of commits.</summary>
    public bool HasGarbage => _behind.Count > 0 || _dead.Count > 0 || _segments.HasDead || NeedsGathering || _compactor.HasWork;

    private bool NeedsGathering => _open.IsFull && _open.IsSparse;

    /// <summary>Gets the last sequence number of each log that holds records.</summary>
    public Dictionary<int, long> LastSequences() => _logs.All.Where(log => log.Last > 0).ToDictionary(log => log.Id, log => log.Last);

    /// <summary>Gets a value indicating whether <see cref="NoteLast"/> has something to do.</summary>
    public bool HasUnnoted => _logs.HasUnnoted;

    /// <summary>Notes the last record of each log in its row.</summary>
    public void NoteLast() => _logs.NoteLast();

    /// <summary>Gets the mean size of some of the records of each log that holds any.</summary>
    public Dictionary<int, long> MeanRecordBytes() =>
        _logs.All.Where(log => log.Sample.Records > 0).ToDictionary(log => log.Id, log => (log.Sample.Bytes + log.Sample.Records - 1) / log.Sample.Records);

    public void Append(List<StoreAppend> appends) => Append(appends, again: false);

    public void Trim(List<StoreTrim> trims)
    {
        foreach (StoreTrim trim in trims)
        {
            if (!_logs.TryGet(trim.Log, out LogState? log) || trim.Below <= log.Trim)
            {
                continue;
            }

            if (trim.First > Math.Max(1, log.Trim))
            {
                _newDead.Add((log, trim.First, trim.Below - 1));
            }
            else
            {
                _oldTrims.Add((log, log.Trim));
                log.Trim = trim.Below;
                Trim(log);
            }
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
                ranges.Key.Dead.Add(dead);
                ranges.Key.Dead.RemoveBelow(ranges.Key.Trim);
                Recount(ranges.Key, dead[0].First, dead.Max(range => range.Last));
            }
        }

        _newDead.Clear();
    }

    /// <summary>Gets how much was appended since the last call.</summary>
    public long TakeAppended()
    {
        long appended = _appended;
        _appended = 0;
        return appended;
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
        if (_dead.Count > 0)
        {
            // The end of the transaction deletes them.
        }
        else if (NeedsGathering)
        {
            Gather();
        }
        else if (_segments.HasDead)
        {
            _segments.DeleteSlice();
        }
        else if (_behind.Count == 0)
        {
            _compactor.Step();
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

    private void Append(List<StoreAppend> appends, bool again)
    {
        ReadOnlySpan<StoreAppend> rest = CollectionsMarshal.AsSpan(appends);
        while (!rest.IsEmpty)
        {
            long id = _nextBatch++;
            int taken = _encoder.Encode(id, rest, _logs, again);
            _insert.Bind(1, id).Bind(2, _encoder.Directory).Bind(3, _encoder.Body).Run();
            _appended += _encoder.Body.Length;
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

    private void Recount(LogState log)
    {
        if (!log.Dead.IsEmpty)
        {
            Recount(log, log.Dead.First, log.Dead.Last);
        }
    }

    private void Recount(LogState log, long first, long last)
    {
        _open.Recount(log, first, last, _dead);
        _compactor.Look(log, first, last);
    }

    private void Trim(LogState log)
    {
        _open.Trim(log, _dead);
        log.Dead.RemoveBelow(log.Trim);
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
        else if (log.OldestPlace != LogState.None && log.Trim >= log.NextLook)
        {
            log.NextLook = log.OldestPlace + 1;
            _compactor.Look(log, log.Trim, log.Trim);
        }
    }

    // Writes the open segment's few survivors once more, at the end of the log, and deletes all of its batches.
    private void Gather()
    {
        Dictionary<long, LogState> logs = _open.Logs().ToDictionary(log => log.Number);
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

        _hints.BeginMove();
        _delete.Bind(1, _open.First).Bind(2, _nextBatch - 1).Run();
        _open.Clear();
        Append(survivors, again: true);
    }

    private List<StoreAppend> ReadSurvivors(Dictionary<long, LogState> logs)
    {
        var survivors = new List<StoreAppend>();
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
                    if (logs.TryGetValue(run.Log, out LogState? log) && log.IsLive(run))
                    {
                        log.TakeLive(run, run.In(body), survivors);
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
}
