using Messaging.Sqlite.Catalog;
using Messaging.Sqlite.Files;
using Messaging.Sqlite.Log;
using Messaging.Storage;

namespace Messaging.Sqlite.Reading;

/// <summary>A reading connection: finds a log's records through its places and the directories, and loads only the bodies that hold them.</summary>
/// <remarks>Each call is one short read transaction, so that it sees one state of the file and pins the write-ahead log no longer.</remarks>
internal sealed class BacklogReader : IDisposable
{
    private readonly string _path;
    private readonly Database _database;
    private readonly ReadHints _hints;
    private readonly Statement _begin;
    private readonly Statement _end;
    private readonly Statement _findLog;
    private readonly Statement _findPlace;
    private readonly Statement _lastSegment;
    private readonly Statement _directories;
    private readonly Statement _body;
    private readonly Statement _scheduled;
    private long _read;

    public BacklogReader(string path, ReadHints hints)
    {
        _path = path;
        _hints = hints;
        _database = new Database(path, queryOnly: true);
        try
        {
            _begin = _database.Prepare("BEGIN");
            _end = _database.Prepare("COMMIT");
            _findLog = _database.Prepare("SELECT number FROM log WHERE id = ?1");
            _findPlace = _database.Prepare(
                "SELECT last_sequence, first_batch, segment FROM place WHERE log = ?1 AND last_sequence >= ?2 ORDER BY last_sequence LIMIT 1");
            _lastSegment = _database.Prepare("SELECT max(id) FROM segment");
            _directories = _database.Prepare("SELECT id, directory FROM batch WHERE id BETWEEN ?1 AND ?2 ORDER BY id");
            _body = _database.Prepare("SELECT body FROM batch WHERE id = ?1");
            _scheduled = _database.Prepare("SELECT id, log, due, payload FROM scheduled WHERE due <= ?1 ORDER BY due, key LIMIT ?2");
        }
        catch
        {
            _database.Dispose();
            throw;
        }
    }

    /// <summary>Reads records of a log; what was found before a damaged batch is returned without the damage.</summary>
    public void Read(StoreRange range, List<StoreRecord> output, CancellationToken cancellationToken)
    {
        var collector = new RecordCollector(range, output);
        _read = _hints.BeginRead();
        _begin.Run();
        try
        {
            if (TryFindLog(range.Log, out long log))
            {
                ReadPlaces(log, ref collector, cancellationToken);
            }
        }
        catch (StoreException) when (collector.Found)
        {
            // The caller gets the records before the damage now, and the exception when it asks for the next ones.
        }
        finally
        {
            _end.Run();
        }
    }

    public void ReadScheduled(long dueTicks, int maxRecords, List<ScheduledRecord> output)
    {
        _scheduled.Bind(1, dueTicks).Bind(2, maxRecords);
        try
        {
            while (_scheduled.Step())
            {
                MessageId id = IdBytes.Read(_scheduled.Blob(0));
                output.Add(new ScheduledRecord(id, (int)_scheduled.Int64(1), _scheduled.Int64(2), _scheduled.Blob(3).ToArray()));
            }
        }
        finally
        {
            _scheduled.Reset();
        }
    }

    public void Dispose() => _database.Dispose();

    private bool TryFindLog(int id, out long number)
    {
        bool found = _findLog.Bind(1, id).Step();
        number = found ? _findLog.Int64(0) : 0;
        _findLog.Reset();
        return found;
    }

    private void ReadPlaces(long log, ref RecordCollector collector, CancellationToken cancellationToken)
    {
        while (!collector.IsFull)
        {
            cancellationToken.ThrowIfCancellationRequested();
            long from;
            long to = long.MaxValue;
            long last = long.MaxValue;
            if (_findPlace.Bind(1, log).Bind(2, collector.Next).Step())
            {
                last = _findPlace.Int64(0);
                from = _findPlace.Int64(1);
                to = _findPlace.Int64(2);
            }
            else
            {
                _lastSegment.Step();
                from = _lastSegment.Int64(0) + 1;
                _lastSegment.Reset();
            }

            _findPlace.Reset();
            Scan(log, Math.Max(from, _hints.FirstBatch(_read, log, collector.Next)), to, ref collector);
            if (last == long.MaxValue)
            {
                return;
            }

            if (!collector.IsFull)
            {
                collector.SkipTo(last + 1);
            }
        }
    }

    private void Scan(long log, long from, long to, ref RecordCollector collector)
    {
        _directories.Bind(1, from).Bind(2, to);
        try
        {
            while (!collector.IsFull && _directories.Step())
            {
                long batch = _directories.Int64(0);
                try
                {
                    ReadBatch(batch, log, new BatchDirectory(batch, _directories.Blob(1)), ref collector);
                }
                catch (InvalidDataException e)
                {
                    throw new StoreException(
                        $"'{_path}' is damaged: batch {batch}, which may hold records of log number {log} from {collector.Next} on, cannot be read.", e);
                }
            }
        }
        finally
        {
            _directories.Reset();
        }
    }

    private void ReadBatch(long batch, long log, BatchDirectory directory, ref RecordCollector collector)
    {
        bool loaded = false;
        try
        {
            while (directory.MoveNext() && !collector.IsFull)
            {
                BatchRun run = directory.Current;
                if (run.Log != log || run.Last < collector.Next)
                {
                    continue;
                }

                if (!loaded)
                {
                    loaded = true;
                    _body.Bind(1, batch).Step();
                    directory.Verify(_body.Blob(0));
                }

                collector.Take(run, run.In(_body.Blob(0)));
                _hints.Remember(_read, log, collector.Next - 1, batch);
            }
        }
        finally
        {
            _body.Reset();
        }
    }
}
