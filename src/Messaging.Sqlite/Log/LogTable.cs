using System.Diagnostics.CodeAnalysis;
using Messaging.Sqlite.Connections;
using Messaging.Sqlite.Format;

namespace Messaging.Sqlite.Log;

/// <summary>The logs by id, and their rows.</summary>
internal sealed class LogTable
{
    private readonly Database _database;
    private readonly Statement _insert;
    private readonly Statement _lastNumber;
    private readonly Statement _seal;
    private readonly Statement _remove;
    private readonly Statement _delete;
    private readonly Dictionary<int, LogState> _logs = [];
    private readonly Dictionary<long, LogState> _byNumber = [];

    public LogTable(Database database)
    {
        _database = database;
        _insert = database.Prepare("INSERT INTO log (id, last_noted, checksum) VALUES (?1, 0, 0)");
        _lastNumber = database.Prepare("SELECT last_insert_rowid()");
        _seal = database.Prepare("UPDATE log SET last_noted = ?2, checksum = ?3 WHERE number = ?1");
        _remove = database.Prepare("UPDATE log SET id = NULL, checksum = ?2 WHERE number = ?1");
        _delete = database.Prepare("DELETE FROM log WHERE number = ?1");
    }

    public IReadOnlyCollection<LogState> All => _logs.Values;

    /// <summary>Gets a value indicating whether <see cref="NoteLast"/> has something to do.</summary>
    public bool HasUnnoted => _logs.Values.Any(log => log.Last > log.LastNoted);

    /// <summary>Reads the rows anew.</summary>
    /// <param name="removed">Receives the logs that were removed but still have places.</param>
    /// <exception cref="InvalidDataException">A row is damaged: nobody knows any more whose records are whose.</exception>
    public void Load(List<LogState> removed)
    {
        _logs.Clear();
        _byNumber.Clear();
        using var rows = new Statement(_database.Handle, "SELECT number, id, last_noted, checksum FROM log");
        while (rows.Step())
        {
            if (rows.Int64(3) != ChecksumOf(rows.Int64(0), rows.IsNull(1) ? 0 : rows.Int64(1), rows.Int64(2)))
            {
                throw new InvalidDataException($"The row of log number {rows.Int64(0)} is damaged.");
            }

            if (rows.IsNull(1))
            {
                var log = new LogState(0, rows.Int64(0)) { LastNoted = rows.Int64(2) };
                log.Live.Trim = long.MaxValue;
                removed.Add(log);
            }
            else
            {
                Add(new LogState((int)rows.Int64(1), rows.Int64(0)) { LastNoted = rows.Int64(2) });
            }
        }
    }

    public bool TryGet(int id, [NotNullWhen(true)] out LogState? log) => _logs.TryGetValue(id, out log);

    /// <summary>Finds a log that was not removed by its number.</summary>
    public bool TryGetNumber(long number, [NotNullWhen(true)] out LogState? log) => _byNumber.TryGetValue(number, out log);

    public LogState GetOrAdd(int id)
    {
        if (!_logs.TryGetValue(id, out LogState? log))
        {
            _insert.Bind(1, id).Run();
            _lastNumber.Step();
            log = new LogState(id, _lastNumber.Int64(0)) { OldestPlace = LogState.None };
            _lastNumber.Reset();
            Seal(log);
            Add(log);
        }

        return log;
    }

    /// <summary>Takes the id from a log; its number stays until its last place is gone.</summary>
    public void Remove(LogState log)
    {
        _remove.Bind(1, log.Number).Bind(2, ChecksumOf(log.Number, 0, log.LastNoted)).Run();
        _logs.Remove(log.Id);
        _byNumber.Remove(log.Number);
        log.Live.Trim = long.MaxValue;
    }

    /// <summary>Deletes the row of a removed log.</summary>
    public void Forget(LogState log) => _delete.Bind(1, log.Number).Run();

    /// <summary>Notes the last records of the logs that have got some since it was called last.</summary>
    public void NoteLast()
    {
        foreach (LogState log in _logs.Values)
        {
            if (log.Last > log.LastNoted)
            {
                log.LastNoted = log.Last;
                Seal(log);
            }
        }
    }

    private static uint ChecksumOf(long number, long id, long lastNoted) => Checksum.OfRow(number, id, lastNoted, []);

    private void Seal(LogState log) =>
        _seal.Bind(1, log.Number).Bind(2, log.LastNoted).Bind(3, ChecksumOf(log.Number, log.Id, log.LastNoted)).Run();

    private void Add(LogState log)
    {
        _logs.Add(log.Id, log);
        _byNumber.Add(log.Number, log);
    }
}
