using System.Diagnostics.CodeAnalysis;
using Messaging.Sqlite.Files;

namespace Messaging.Sqlite.Log;

/// <summary>The logs by id, and their rows.</summary>
internal sealed class LogTable
{
    private readonly Database _database;
    private readonly Statement _insert;
    private readonly Statement _lastNumber;
    private readonly Statement _remove;
    private readonly Statement _delete;
    private readonly Dictionary<int, LogState> _logs = [];
    private readonly Dictionary<long, LogState> _byNumber = [];

    public LogTable(Database database)
    {
        _database = database;
        _insert = database.Prepare("INSERT INTO log (id) VALUES (?1)");
        _lastNumber = database.Prepare("SELECT last_insert_rowid()");
        _remove = database.Prepare("UPDATE log SET id = NULL WHERE number = ?1");
        _delete = database.Prepare("DELETE FROM log WHERE number = ?1");
    }

    public IReadOnlyCollection<LogState> All => _logs.Values;

    /// <summary>Reads the rows anew.</summary>
    /// <param name="removed">Receives the logs that were removed but still have places.</param>
    public void Load(List<LogState> removed)
    {
        _logs.Clear();
        _byNumber.Clear();
        using var rows = new Statement(_database.Handle, "SELECT number, id FROM log");
        while (rows.Step())
        {
            if (rows.IsNull(1))
            {
                removed.Add(new LogState(0, rows.Int64(0)) { Trim = long.MaxValue });
            }
            else
            {
                var log = new LogState((int)rows.Int64(1), rows.Int64(0));
                Add(log);
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
            Add(log);
        }

        return log;
    }

    /// <summary>Takes the id from a log; its number stays until its last place is gone.</summary>
    public void Remove(LogState log)
    {
        _remove.Bind(1, log.Number).Run();
        _logs.Remove(log.Id);
        _byNumber.Remove(log.Number);
        log.Trim = long.MaxValue;
    }

    /// <summary>Deletes the row of a removed log.</summary>
    public void Forget(LogState log) => _delete.Bind(1, log.Number).Run();

    private void Add(LogState log)
    {
        _logs.Add(log.Id, log);
        _byNumber.Add(log.Number, log);
    }
}
