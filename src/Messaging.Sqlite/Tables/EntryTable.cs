using System.Text;
using Messaging.Sqlite.Connections;
using Messaging.Sqlite.Format;
using Messaging.Storage;

namespace Messaging.Sqlite.Tables;

/// <summary>The rows of the queues, topics and subscriptions.</summary>
internal sealed class EntryTable
{
    private readonly Database _database;
    private readonly Statement _write;
    private readonly Statement _delete;

    public EntryTable(Database database)
    {
        _database = database;
        _write = database.Prepare("INSERT OR REPLACE INTO entry (id, kind, owner, name, pattern, checksum) VALUES (?1, ?2, ?3, ?4, ?5, ?6)");
        _delete = database.Prepare("DELETE FROM entry WHERE id = ?1");
    }

    /// <summary>Reads all.</summary>
    /// <exception cref="InvalidDataException">A row is damaged: nobody knows any more whose messages are whose.</exception>
    public List<StoreEntry> All()
    {
        var entries = new List<StoreEntry>();
        using var rows = new Statement(_database.Handle, "SELECT id, kind, name, pattern, owner, checksum FROM entry ORDER BY id");
        while (rows.Step())
        {
            var kind = (StoreEntryKind)rows.Int64(1);
            var entry = new StoreEntry((int)rows.Int64(0), kind, rows.Text(2), rows.Text(3), (int)rows.Int64(4));
            entries.Add(rows.Int64(5) == ChecksumOf(entry)
                ? entry
                : throw new InvalidDataException($"The row of queue, topic or subscription number {rows.Int64(0)} is damaged."));
        }

        return entries;
    }

    public void Write(List<StoreEntry> entries)
    {
        foreach (StoreEntry entry in entries)
        {
            _write.Bind(1, entry.Id).Bind(2, (long)entry.Kind).Bind(3, entry.Owner).Bind(4, entry.Name).Bind(5, entry.Pattern)
                .Bind(6, ChecksumOf(entry)).Run();
        }
    }

    public void Remove(int id) => _delete.Bind(1, id).Run();

    private static uint ChecksumOf(StoreEntry entry) =>
        Checksum.OfRow(entry.Id, (long)entry.Kind, entry.Owner, Encoding.UTF8.GetBytes(entry.Name + "\0" + entry.Pattern));
}
