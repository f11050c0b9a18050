using Messaging.Sqlite.Connections;
using Messaging.Sqlite.Diagnostics;
using Messaging.Sqlite.Format;
using Messaging.Storage;

namespace Messaging.Sqlite.Tables;

/// <summary>The rows of the remembered ids.</summary>
internal sealed class MessageIdTable
{
    private readonly Database _database;
    private readonly Statement _insert;
    private readonly Statement _forget;
    private readonly Statement _forgetOne;
    private readonly Statement _remove;

    public MessageIdTable(Database database)
    {
        _database = database;
        _insert = database.Prepare("INSERT OR REPLACE INTO message_id (ordinal, log, id, sequence, checksum) VALUES (?1, ?2, ?3, ?4, ?5)");
        _forget = database.Prepare("DELETE FROM message_id WHERE ordinal < ?1");
        _forgetOne = database.Prepare("DELETE FROM message_id WHERE ordinal = ?1");
        _remove = database.Prepare("DELETE FROM message_id WHERE log = ?1");
    }

    /// <summary>Reads all, but for those that are damaged.</summary>
    /// <param name="damage">Is told of the damage.</param>
    public List<StoreMessageId> All(DamageReport damage)
    {
        var ids = new List<StoreMessageId>();
        using var rows = new Statement(_database.Handle, "SELECT ordinal, log, id, sequence, checksum FROM message_id ORDER BY ordinal");
        while (rows.Step())
        {
            if (rows.Int64(4) == Checksum.OfRow(rows.Int64(0), rows.Int64(1), rows.Int64(3), rows.Blob(2)))
            {
                ids.Add(new StoreMessageId(rows.Int64(0), (int)rows.Int64(1), IdBytes.Read(rows.Blob(2)), rows.Int64(3)));
            }
            else
            {
                damage.Meet(new StoreDamage($"The remembered message id number {rows.Int64(0)} is damaged: a repetition of it is not recognized."));
            }
        }

        return ids;
    }

    public void Write(List<StoreMessageId> ids)
    {
        Span<byte> bytes = stackalloc byte[IdBytes.Length];
        foreach (StoreMessageId id in ids)
        {
            IdBytes.Write(id.MessageId, bytes);
            _insert.Bind(1, id.Ordinal).Bind(2, id.Log).Bind(3, bytes).Bind(4, id.Sequence)
                .Bind(5, Checksum.OfRow(id.Ordinal, id.Log, id.Sequence, bytes)).Run();
        }
    }

    public void Forget(long below) => _forget.Bind(1, below).Run();

    public void Forget(List<long> ordinals)
    {
        foreach (long ordinal in ordinals)
        {
            _forgetOne.Bind(1, ordinal).Run();
        }
    }

    /// <summary>Drops the ids of a removed log.</summary>
    public void Remove(int log) => _remove.Bind(1, log).Run();
}
