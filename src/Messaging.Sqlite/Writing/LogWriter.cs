using Messaging.Sqlite.Batches;
using Messaging.Sqlite.Compaction;
using Messaging.Sqlite.Connections;
using Messaging.Sqlite.Diagnostics;
using Messaging.Sqlite.Log;
using Messaging.Sqlite.Segments;

namespace Messaging.Sqlite.Writing;

/// <summary>The writing side of the global log: appends batches, and deletes what the logs' trims say is dead.</summary>
/// <remarks>What it remembers is what the file says plus the transaction that runs; after a rollback it is loaded again.</remarks>
internal sealed class LogWriter
{
    private readonly OpenSegment _open = new();
    private readonly ClosedSegments _closed;
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
        Logs = new LogTable(database);
        _closed = new ClosedSegments(database, damage, batches, options.GarbageLeft);
        Recovery = new LogRecovery(database, damage, Logs, _open, _closed);
        var reader = new SegmentReader(database, Logs);
        End = new LogEnd(Logs, _open, _closed, batches, encoder, reader, hints);
        _scan = new DeadScan(_closed);
        Trims = new LogTrims(Logs, _open, _closed, _scan);
        _compactor = new Compactor(Logs, _closed, batches, encoder, reader, hints);
    }

    /// <summary>Gets the logs.</summary>
    public LogTable Logs { get; }

    /// <summary>Gets what was found at the opening.</summary>
    public LogRecovery Recovery { get; }

    /// <summary>Gets the end, to which commits append.</summary>
    public LogEnd End { get; }

    /// <summary>Gets the trims of the logs.</summary>
    public LogTrims Trims { get; }

    /// <summary>Gets a value indicating whether there is something to tidy outside of commits.</summary>
    public bool HasGarbage =>
        Trims.AreBehind || _open.Dead.Count > 0 || _closed.HasDead || End.NeedsGathering || _scan.HasWork || _compactor.HasWork;

    /// <summary>Recovers: reads the logs, and the directories of the open segment. The trims of commits that were made are kept.</summary>
    /// <exception cref="InvalidDataException">A directory is damaged.</exception>
    public void Load()
    {
        Trims.Undo();
        List<LogState> known = [.. Logs.All.Where(log => log.Live.IsKnown)];
        List<LogState> removed = [];
        _scan.Clear();
        Recovery.Load(removed);
        Trims.Recover(removed, known);
    }

    /// <summary>Frees a bounded part of what is dead outside of commits.</summary>
    public void FreeSlice()
    {
        if (_open.Dead.Count > 0)
        {
            // The end of the transaction deletes them.
        }
        else if (End.NeedsGathering)
        {
            End.Gather();
        }
        else if (_closed.HasDead)
        {
            _closed.DeleteSlice();
        }
        else if (Trims.AreBehind)
        {
            Trims.PassSlice();
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
