using System.Runtime.InteropServices;
using Messaging.Sqlite.Batches;
using Messaging.Sqlite.Compaction;
using Messaging.Sqlite.Diagnostics;
using Messaging.Sqlite.Log;
using Messaging.Sqlite.Segments;
using Messaging.Storage;

namespace Messaging.Sqlite.Writing;

/// <summary>The end of the global log: appends batches to the open segment, and closes that, or gathers its survivors, when it is full.</summary>
internal sealed class LogEnd
{
    private readonly LogTable _logs;
    private readonly OpenSegment _open;
    private readonly ClosedSegments _closed;
    private readonly BatchTable _batches;
    private readonly BatchEncoder _encoder;
    private readonly SegmentReader _reader;
    private readonly ReadHints _hints;
    private long _appended;

    /// <param name="logs">The logs.</param>
    /// <param name="open">The open segment.</param>
    /// <param name="closed">The closed segments.</param>
    /// <param name="batches">The rows of the batches.</param>
    /// <param name="encoder">The encoder of all batches.</param>
    /// <param name="reader">Reads what has survived in the open segment.</param>
    /// <param name="hints">Is told when records move.</param>
    public LogEnd(
        LogTable logs, OpenSegment open, ClosedSegments closed, BatchTable batches, BatchEncoder encoder, SegmentReader reader, ReadHints hints)
    {
        _logs = logs;
        _open = open;
        _closed = closed;
        _batches = batches;
        _encoder = encoder;
        _reader = reader;
        _hints = hints;
    }

    /// <summary>Gets a value indicating whether the open segment is full of what is mostly dead.</summary>
    public bool NeedsGathering => _open.IsFull && _open.IsSparse;

    /// <summary>Appends records.</summary>
    /// <param name="appends">The records.</param>
    /// <param name="again">Whether they were in the log before: they need not follow its last one.</param>
    public void Append(List<StoreAppend> appends, bool again = false)
    {
        ReadOnlySpan<StoreAppend> rest = CollectionsMarshal.AsSpan(appends);
        while (!rest.IsEmpty)
        {
            long id = _open.NextBatch++;
            int taken = _encoder.Encode(id, rest, _logs, again);
            _batches.Insert(id, _encoder.Directory, _encoder.Body);
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

    /// <summary>Gets how much was appended since the last call.</summary>
    public long TakeAppended()
    {
        long appended = _appended;
        _appended = 0;
        return appended;
    }

    /// <summary>Ends a commit: deletes the batches that died in it, and closes the open segment if it is full.</summary>
    public void Finish()
    {
        _batches.Delete(_open.Dead);
        _open.Dead.Clear();
        if (_open.IsFull && (!_open.IsSparse || _open.IsOverfull))
        {
            _closed.Close(_open);
        }
    }

    /// <summary>Writes the open segment's few survivors once more, at the end of the log, and deletes all of its batches.</summary>
    public void Gather()
    {
        List<StoreAppend> survivors;
        try
        {
            survivors = _reader.Survivors(_open.First, _open.NextBatch - 1, [.. _open.Logs().Select(log => log.Number)]);
        }
        catch (Exception e) when (DamageReport.IsDamage(e))
        {
            // Damaged batches are left where they are; reading them reports the damage.
            _closed.Close(_open);
            return;
        }

        _hints.BeginMove();
        _batches.Delete(_open.First, _open.NextBatch - 1);
        _open.Clear();
        Append(survivors, again: true);
    }
}
