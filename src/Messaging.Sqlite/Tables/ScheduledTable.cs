using Messaging.Sqlite.Connections;
using Messaging.Sqlite.Diagnostics;
using Messaging.Sqlite.Format;
using Messaging.Storage;

namespace Messaging.Sqlite.Tables;

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
        _insert = database.Prepare(
            "INSERT OR REPLACE INTO scheduled (id, due, log, checksum, payload_checksum, payload) VALUES (?1, ?2, ?3, ?4, ?5, ?6)");
        _delete = database.Prepare("DELETE FROM scheduled WHERE id = ?1");
        _remove = database.Prepare("DELETE FROM scheduled WHERE log = ?1");
    }

    /// <summary>Reads all but those that are damaged, without payloads, in the order of their due times.</summary>
    /// <param name="damage">Is told of the damage.</param>
    public List<ScheduledRecord> All(DamageReport damage)
    {
        var records = new List<ScheduledRecord>();
        using var rows = new Statement(_database.Handle, $"SELECT {ScheduledRow.Head} FROM scheduled ORDER BY due, key");
        while (rows.Step())
        {
            if (ScheduledRow.TryReadHead(rows, out ScheduledRecord record))
            {
                records.Add(record);
            }
            else
            {
                damage.Meet(new StoreDamage("The row of a scheduled message is damaged: the message is not delivered."));
            }
        }

        return records;
    }

    public void Add(List<ScheduledRecord> records)
    {
        Span<byte> id = stackalloc byte[IdBytes.Length];
        foreach (ScheduledRecord record in records)
        {
            IdBytes.Write(record.MessageId, id);
            uint head = ScheduledRow.ChecksumOf(id, record.Log, record.DueTicks);
            _insert.Bind(1, id).Bind(2, record.DueTicks).Bind(3, record.Log).Bind(4, head)
                .Bind(5, ScheduledRow.ChecksumOf(head, record.Payload.Span)).Bind(6, record.Payload.Span).Run();
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
