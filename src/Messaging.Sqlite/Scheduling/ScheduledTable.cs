using Messaging.Sqlite.Catalog;
using Messaging.Sqlite.Files;
using Messaging.Storage;

namespace Messaging.Sqlite.Scheduling;

/// <summary>The rows of the scheduled records, as the writer sees them.</summary>
internal sealed class ScheduledTable
{
    private readonly Database _database;
    private readonly Statement _insert;
    private readonly Statement _delete;
    private readonly Statement _remove;

    public ScheduledTable(Database database)
    {
        _database = database;
        _insert = database.Prepare("INSERT OR REPLACE INTO scheduled (id, due, log, payload) VALUES (?1, ?2, ?3, ?4)");
        _delete = database.Prepare("DELETE FROM scheduled WHERE id = ?1");
        _remove = database.Prepare("DELETE FROM scheduled WHERE log = ?1");
    }

    /// <summary>Reads all, without payloads, in the order of their due times.</summary>
    public List<ScheduledRecord> All()
    {
        var records = new List<ScheduledRecord>();
        using var rows = new Statement(_database.Handle, "SELECT id, log, due FROM scheduled ORDER BY due, key");
        while (rows.Step())
        {
            records.Add(new ScheduledRecord(IdBytes.Read(rows.Blob(0)), (int)rows.Int64(1), rows.Int64(2), default));
        }

        return records;
    }

    public void Add(List<ScheduledRecord> records)
    {
        Span<byte> id = stackalloc byte[IdBytes.Length];
        foreach (ScheduledRecord record in records)
        {
            IdBytes.Write(record.MessageId, id);
            _insert.Bind(1, id).Bind(2, record.DueTicks).Bind(3, record.Log).Bind(4, record.Payload.Span).Run();
        }
    }

    public void Delete(List<MessageId> ids)
    {
        Span<byte> bytes = stackalloc byte[IdBytes.Length];
        foreach (MessageId id in ids)
        {
            IdBytes.Write(id, bytes);
            _delete.Bind(1, bytes).Run();
        }
    }

    /// <summary>Drops the records of a removed log.</summary>
    public void Remove(int log) => _remove.Bind(1, log).Run();
}
