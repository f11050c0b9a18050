using Messaging.Sqlite.Batches;
using Messaging.Sqlite.Connections;
using Messaging.Sqlite.Log;
using Messaging.Storage;

namespace Messaging.Sqlite.Compaction;

/// <summary>Reads the batches of a segment that is rewritten: whose records are there, and which of them are still needed.</summary>
internal sealed class SegmentReader
{
    private readonly LogTable _logs;
    private readonly Statement _directories;
    private readonly Statement _body;

    public SegmentReader(Database database, LogTable logs)
    {
        _logs = logs;
        _directories = database.Prepare("SELECT id, directory FROM batch WHERE id BETWEEN ?1 AND ?2 ORDER BY id");
        _body = database.Prepare("SELECT body FROM batch WHERE id = ?1");
    }

    /// <summary>Finds the last record of each log, by the log's number.</summary>
    /// <param name="first">The first batch.</param>
    /// <param name="last">The last batch.</param>
    /// <exception cref="InvalidDataException">A batch is damaged.</exception>
    public Dictionary<long, long> LastRecords(long first, long last)
    {
        var lasts = new Dictionary<long, long>();
        _directories.Bind(1, first).Bind(2, last);
        try
        {
            while (_directories.Step())
            {
                var directory = new BatchDirectory(_directories.Int64(0), _directories.Blob(1));
                while (directory.MoveNext())
                {
                    lasts[directory.Current.Log] = directory.Current.Last;
                }
            }
        }
        finally
        {
            _directories.Reset();
        }

        return lasts;
    }

    /// <summary>Reads the records that are still needed, in the order of the batches.</summary>
    /// <param name="first">The first batch.</param>
    /// <param name="last">The last batch.</param>
    /// <param name="logs">The numbers of the logs whose records are wanted.</param>
    /// <exception cref="InvalidDataException">A batch is damaged.</exception>
    public List<StoreAppend> Survivors(long first, long last, HashSet<long> logs)
    {
        var survivors = new List<StoreAppend>();
        _directories.Bind(1, first).Bind(2, last);
        try
        {
            while (_directories.Step())
            {
                AddSurvivors(new BatchDirectory(_directories.Int64(0), _directories.Blob(1)), logs, survivors);
            }
        }
        finally
        {
            _directories.Reset();
        }

        return survivors;
    }

    private void AddSurvivors(BatchDirectory directory, HashSet<long> logs, List<StoreAppend> survivors)
    {
        bool loaded = false;
        try
        {
            while (directory.MoveNext())
            {
                BatchRun run = directory.Current;
                if (!logs.Contains(run.Log) || !_logs.TryGetNumber(run.Log, out LogState? log) || !log.Live.Includes(run))
                {
                    continue;
                }

                if (!loaded)
                {
                    _body.Bind(1, _directories.Int64(0)).Step();
                    directory.Verify(_body.Blob(0));
                    loaded = true;
                }

                log.Live.Take(log.Id, run, run.In(_body.Blob(0)), survivors);
            }
        }
        finally
        {
            _body.Reset();
        }
    }
}
