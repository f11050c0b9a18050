using Messaging.Sqlite.Files;
using Messaging.Storage;

namespace Messaging.Sqlite.Catalog;

/// <summary>The rows of the remembered ids.</summary>
internal sealed class MessageIdTable
{
    private readonly Database _database;
    private readonly Statement _insert;
    private readonly Statement _forget;
    private readonly Statement _remove;

    public MessageIdTable(Database database)
    {
        _database = database;
        _insert = database.Prepare("INSERT OR REPLACE INTO message_id (ordinal, log, id, sequence) VALUES (?1, ?2, ?3, ?4)");
        _forget = database.Prepare("DELETE FROM message_id WHERE ordinal < ?1");
        _remove = database.Prepare("DELETE FROM message_id WHERE log = ?1");
    }

    public List<StoreMessageId> All()
    {
        var ids = new List<StoreMessageId>();
        using var rows = new Statement(_database.Handle, "SELECT ordinal, log, id, sequence FROM message_id ORDER BY ordinal");
        while (rows.Step())
        {
            ids.Add(new StoreMessageId(rows.Int64(0), (int)rows.Int64(1), IdBytes.Read(rows.Blob(2)), rows.Int64(3)));
        }

        return ids;
    }

    public void Write(List<StoreMessageId> ids)
    {
        Span<byte> bytes = stackalloc byte[IdBytes.Length];
        foreach (StoreMessageId id in ids)
        {
            IdBytes.Write(id.MessageId, bytes);
            _insert.Bind(1, id.Ordinal).Bind(2, id.Log).Bind(3, bytes).Bind(4, id.Sequence).Run();
        }
    }

    public void Forget(long below) => _forget.Bind(1, below).Run();

    /// <summary>Drops the ids of a removed log.</summary>
    public void Remove(int log) => _remove.Bind(1, log).Run();
}
