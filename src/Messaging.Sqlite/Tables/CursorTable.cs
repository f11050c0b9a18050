using Messaging.Sqlite.Connections;
using Messaging.Sqlite.Diagnostics;
using Messaging.Storage;

namespace Messaging.Sqlite.Tables;

/// <summary>The cursors, kept in memory; a commit writes only the shards in which one changed.</summary>
internal sealed class CursorTable
{
    private const int SubscriptionsAShard = 128;

    private readonly Database _database;
    private readonly DamageReport _damage;
    private readonly Statement _write;
    private readonly Statement _delete;
    private readonly Dictionary<long, CursorShard> _shards = [];
    private readonly List<long> _dirty = [];

    /// <param name="database">The connection.</param>
    /// <param name="damage">Is told of damaged rows.</param>
    public CursorTable(Database database, DamageReport damage)
    {
        _database = database;
        _damage = damage;
        _write = database.Prepare("INSERT INTO cursor_shard (id, entries) VALUES (?1, ?2) ON CONFLICT (id) DO UPDATE SET entries = ?2");
        _delete = database.Prepare("DELETE FROM cursor_shard WHERE id = ?1");
    }

    /// <summary>Reads the rows anew.</summary>
    /// <remarks>Without its cursors a subscription begins at the oldest record that is there: records come again, none is passed over.</remarks>
    public void Load()
    {
        _shards.Clear();
        _dirty.Clear();
        using var rows = new Statement(_database.Handle, "SELECT id, entries FROM cursor_shard");
        while (rows.Step())
        {
            long id = rows.Int64(0);
            try
            {
                CursorShard shard = CursorShard.Decode(id, rows.Blob(1));
                shard.Dirty = false;
                _shards.Add(id, shard);
            }
            catch (InvalidDataException e)
            {
                long first = id * SubscriptionsAShard;
                _damage.Meet(
                    new StoreDamage(
                        $"The row with the places of the queues and subscriptions number {first} to {first + SubscriptionsAShard - 1} is damaged. "
                        + "Without it they begin at their oldest messages again."),
                    e);
                _damage.LostCursors = true;
            }
        }
    }

    public List<StoreCursor> All() => [.. _shards.Values.SelectMany(shard => shard.Cursors)];

    public void Set(List<StoreCursor> cursors)
    {
        foreach (StoreCursor cursor in cursors)
        {
            long id = cursor.Subscription / SubscriptionsAShard;
            if (!_shards.TryGetValue(id, out CursorShard? shard))
            {
                _shards.Add(id, shard = new CursorShard());
            }

            if (!shard.Dirty)
            {
                _dirty.Add(id);
            }

            shard.Set(cursor.Subscription, cursor.Log, cursor.State.Span);
        }
    }

    /// <summary>Drops the cursors of a subscription and those over a log.</summary>
    public void Remove(int id)
    {
        foreach ((long shardId, CursorShard shard) in _shards)
        {
            bool wasDirty = shard.Dirty;
            shard.Remove(id);
            if (shard.Dirty && !wasDirty)
            {
                _dirty.Add(shardId);
            }
        }
    }

    /// <summary>Ends a commit: writes what changed in it.</summary>
    public void Finish()
    {
        foreach (long id in _dirty)
        {
            CursorShard shard = _shards[id];
            shard.Dirty = false;
            if (shard.IsEmpty)
            {
                _delete.Bind(1, id).Run();
                continue;
            }

            _write.Bind(1, id).Bind(2, shard.Encode(id)).Run();
        }

        _dirty.Clear();
    }
}
