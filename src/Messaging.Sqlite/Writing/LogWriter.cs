using Messaging.Sqlite.Batches;
using Messaging.Sqlite.Compaction;
using Messaging.Sqlite.Connections;
using Messaging.Sqlite.Diagnostics;
using Messaging.Sqlite.Log;
using Messaging.Sqlite.Segments;
using Messaging.Storage;

namespace Messaging.Sqlite.Writing;

/// <summary>The writing side of the global log: appends batches, and deletes what the logs' trims say is dead.</summary>
/// <remarks>What it remembers is what the file says plus the transaction that runs; after a rollback it is loaded again.</remarks>
internal sealed class LogWriter
{
    private readonly LogTable _logs;
    private readonly OpenSegment _open = new();
    private readonly ClosedSegments _closed;
    private readonly LogRecovery _recovery;
    private readonly LogEnd _end;
    private readonly LogTrims _trims;
    private readonly DeadScan _scan;
    private readonly Compactor _compactor;

    /// <param name="database">The connection.</param>
    /// <param name="damage">Is told of damaged directories.</param>
    /// <param name="hints">Is told when records move.</param>
    /// <param name="options">The options.</param>
    public LogWriter(Database database, DamageReport damage, ReadHints hints, SqliteStoreOptions options)
    {
        var batches = new BatchTable(database);
        var encoder = new BatchEncoder();
        _logs = new LogTable(database);
        _closed = new ClosedSegments(database, damage, batches, options.GarbageLeft);
        _recovery = new LogRecovery(database, damage, _logs, _open, _closed);
        var reader = new SegmentReader(database, _logs);
        _end = new LogEnd(_logs, _open, _closed, batches, encoder, reader, hints);
        _scan = new DeadScan(_closed);
        _trims = new LogTrims(_logs, _open, _closed, _scan);
        _compactor = new Compactor(_logs, _closed, batches, encoder, reader, hints);
    }

    /// <summary>Gets a value indicating whether there is something to tidy outside of commits.</summary>
    public bool HasGarbage =>
        _trims.AreBehind || _open.Dead.Count > 0 || _closed.HasDead || _end.NeedsGathering || _scan.HasWork || _compactor.HasWork;

    /// <summary>Gets a value indicating whether <see cref="NoteLast"/> has something to do.</summary>
    public bool HasUnnoted => _logs.HasUnnoted;

    /// <summary>Gets the last sequence number of each log that holds records.</summary>
    public Dictionary<int, long> LastSequences() => _logs.All.Where(log => log.Last > 0).ToDictionary(log => log.Id, log => log.Last);

    /// <summary>Gets the mean size of some of the records of each log that holds any.</summary>
    public Dictionary<int, long> MeanRecordBytes() => _recovery.MeanRecordBytes();

    /// <summary>Recovers: reads the logs, and the directories of the open segment. The trims of commits that were made are kept.</summary>
    /// <exception cref="InvalidDataException">A directory is damaged.</exception>
    public void Load()
    {
        _trims.Undo();
        List<LogState> known = [.. _logs.All.Where(log => log.Live.IsKnown)];
        List<LogState> removed = [];
        _scan.Clear();
        _end.Continue(_recovery.Load(removed));
        _trims.Load(removed);
        _trims.Reapply(known);
    }

    /// <summary>Notes the last record of each log in its row.</summary>
    public void NoteLast() => _logs.NoteLast();

    public void Append(List<StoreAppend> appends) => _end.Append(appends);

    public void Trim(List<StoreTrim> trims) => _trims.Trim(trims);

    public void Remove(int id) => _trims.Remove(id);

    /// <summary>Ends a commit: deletes the batches that died in it, and closes the open segment if it is full.</summary>
    public void Finish() => _end.Finish();

    /// <summary>Applies the pending trims of the commit, now that it is made.</summary>
    public void Confirm() => _trims.Confirm();

    /// <summary>Gets how much was appended since the last call.</summary>
    public long TakeAppended() => _end.TakeAppended();

    /// <summary>Frees a bounded part of what is dead outside of commits.</summary>
    public void FreeSlice()
    {
        if (_open.Dead.Count > 0)
        {
            // The end of the transaction deletes them.
        }
        else if (_end.NeedsGathering)
        {
            _end.Gather();
        }
        else if (_closed.HasDead)
        {
            _closed.DeleteSlice();
        }
        else if (_trims.AreBehind)
        {
            _trims.PassSlice();
        }
        else if (_scan.HasWork)
        {
            _scan.Step();
        }
        else if (_compactor.HasWork)
        {
            _compactor.Step();
        }
    }
}
