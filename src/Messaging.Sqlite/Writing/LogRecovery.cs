using Messaging.Sqlite.Batches;
using Messaging.Sqlite.Connections;
using Messaging.Sqlite.Diagnostics;
using Messaging.Sqlite.Log;
using Messaging.Sqlite.Segments;

namespace Messaging.Sqlite.Writing;

/// <summary>Recovery: from the rows to what the writer remembers of the logs, at opening and after a rollback.</summary>
internal sealed class LogRecovery
{
    private readonly DamageReport _damage;
    private readonly BatchWalk _walk;
    private readonly LogTable _logs;
    private readonly OpenSegment _open;
    private readonly ClosedSegments _closed;

    // Some records of each log, by number and bytes: enough to tell how large they are.
    private readonly Dictionary<LogState, (long Records, long Bytes)> _samples = [];

    /// <param name="database">The connection.</param>
    /// <param name="damage">Is told of damaged directories.</param>
    /// <param name="logs">The logs.</param>
    /// <param name="open">The open segment.</param>
    /// <param name="closed">The closed segments.</param>
    public LogRecovery(Database database, DamageReport damage, LogTable logs, OpenSegment open, ClosedSegments closed)
    {
        _damage = damage;
        _walk = new BatchWalk(database, withBodies: false);
        _logs = logs;
        _open = open;
        _closed = closed;
    }

    /// <summary>Reads the logs, and the directories of the open segment.</summary>
    /// <param name="removed">Receives the logs that were removed but still have places.</param>
    /// <exception cref="InvalidDataException">A directory is damaged.</exception>
    public void Load(List<LogState> removed)
    {
        _samples.Clear();
        _open.Clear();
        _open.Dead.Clear();
        _logs.Load(removed);
        long lastClosed = _closed.Load();
        foreach (LogState log in _logs.All)
        {
            _closed.Recover(log);
        }

        LoadOpenSegment(lastClosed + 1);
        foreach (LogState log in _logs.All)
        {
            // What was noted and is not there was consumed, or is damaged: readers know which.
            log.Last = Math.Max(log.Last, log.LastNoted);
        }
    }

    /// <summary>Gets the last sequence number of each log that holds records.</summary>
    public Dictionary<int, long> LastSequences() => _logs.All.Where(log => log.Last > 0).ToDictionary(log => log.Id, log => log.Last);

    /// <summary>Gets the mean size of some of the records of each log that holds any.</summary>
    public Dictionary<int, long> MeanRecordBytes() =>
        _samples.Where(sample => sample.Value.Records > 0)
            .ToDictionary(sample => sample.Key.Id, sample => (sample.Value.Bytes + sample.Value.Records - 1) / sample.Value.Records);

    private void LoadOpenSegment(long first)
    {
        long next = first;
        _walk.Begin(first, long.MaxValue);
        try
        {
            while (_walk.Next())
            {
                next = _walk.Damage is null ? _walk.Id + 1 : next;
                LoadBatch();
            }
        }
        finally
        {
            _walk.End();
        }

        _open.NextBatch = Math.Max(_open.NextBatch, next);
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
                (long records, long bytes) = _samples.GetValueOrDefault(log);
                _samples[log] = (records + run.Count, bytes + run.Bytes);
            }
        }

        if (batch.LiveRuns == 0)
        {
            _open.Drop(batch);
        }
    }
}
