using Messaging.Sqlite.Batches;
using Messaging.Sqlite.Connections;
using Messaging.Sqlite.Diagnostics;

namespace Messaging.Sqlite.Reading;

/// <summary>The collecting of one log's records from batches in turn. It loads only the bodies that hold them, and goes over damage, or refuses to.</summary>
internal sealed class BatchScan
{
    private readonly BatchWalk _walk;
    private readonly Statement _body;
    private readonly ReadHints _hints;
    private readonly string _path;
    private readonly bool _skipsDamaged;

    // The read that is under way.
    private int _log;
    private long _number;
    private long _read;

    public BatchScan(Database database, string path, bool skipsDamaged, ReadHints hints)
    {
        _walk = new BatchWalk(database, withBodies: false);
        _body = database.Prepare("SELECT body FROM batch WHERE id = ?1");
        _hints = hints;
        _path = path;
        _skipsDamaged = skipsDamaged;
    }

    /// <summary>Begins a read.</summary>
    /// <param name="log">The id of the log.</param>
    /// <param name="number">The log's number in the file.</param>
    /// <param name="read">What the read shows to use hints and to leave some.</param>
    public void Begin(int log, long number, long read)
    {
        _log = log;
        _number = number;
        _read = read;
    }

    /// <summary>Collects from a stretch of batches.</summary>
    /// <exception cref="StoreDamagedException">Wanted records are damaged, and not to be passed over.</exception>
    public void Collect(Stretch stretch, ref RecordCollector collector)
    {
        long from = Math.Max(stretch.From, _hints.FirstBatch(_read, _number, collector.Next));
        DamagedBatch? damaged = Scan(from, stretch.To, ref collector);
        if (damaged is not null && !collector.IsFull && collector.Next <= stretch.Last)
        {
            // Nothing of the log came after the damage, so that may hide all that is left here.
            Pass(damaged.Value, stretch.Last, ref collector);
        }
    }

    // Returns the last damaged batch that records may be missing from, if no record of the log came after it.
    private DamagedBatch? Scan(long from, long to, ref RecordCollector collector)
    {
        DamagedBatch? damaged = null;
        _walk.Begin(from, to);
        try
        {
            while (!collector.IsFull && _walk.Next())
            {
                if (_walk.Damage is { } damage)
                {
                    damaged = new DamagedBatch(_walk.Id, damage);
                    continue;
                }

                try
                {
                    ReadBatch(new BatchDirectory(_walk.Id, _walk.Directory), ref damaged, ref collector);
                }
                catch (InvalidDataException e)
                {
                    damaged = new DamagedBatch(_walk.Id, e);
                }
            }
        }
        finally
        {
            _walk.End();
        }

        return damaged;
    }

    private void ReadBatch(BatchDirectory directory, ref DamagedBatch? damaged, ref RecordCollector collector)
    {
        bool loaded = false;
        try
        {
            while (directory.MoveNext() && !collector.IsFull)
            {
                BatchRun run = directory.Current;
                if (run.Log != _number || run.Last < collector.Next)
                {
                    continue;
                }

                if (damaged is not null && run.First > collector.Next)
                {
                    // What the damage hides lies between what came before it and what comes now.
                    Pass(damaged.Value, run.First - 1, ref collector);
                }

                damaged = null;
                Take(run, directory, ref loaded, ref collector);
            }
        }
        finally
        {
            _body.Reset();
        }
    }

    private void Take(BatchRun run, BatchDirectory directory, ref bool loaded, ref RecordCollector collector)
    {
        long batch = _walk.Id;
        try
        {
            if (!loaded)
            {
                _body.Bind(1, batch).Step();
                directory.Verify(_body.Blob(0));
                loaded = true;
            }

            collector.Take(run, run.In(_body.Blob(0)));
            _hints.Remember(_read, run.Log, collector.Next - 1, batch);
        }
        catch (Exception e) when (DamageReport.IsDamage(e))
        {
            _body.Reset();
            Pass(new DamagedBatch(batch, e), run.Last, ref collector);
        }
    }

    private void Pass(DamagedBatch damaged, long last, ref RecordCollector collector)
    {
        if (!_skipsDamaged)
        {
            throw new StoreDamagedException(_path, _log, collector.Next, last, $"batch {damaged.Batch}: {damaged.Cause.Message}", damaged.Cause);
        }

        if (last < long.MaxValue)
        {
            collector.SkipTo(last + 1);
        }
    }
}
