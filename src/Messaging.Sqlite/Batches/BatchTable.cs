using Messaging.Sqlite.Connections;
using Messaging.Sqlite.Diagnostics;

namespace Messaging.Sqlite.Batches;

/// <summary>The rows of the batches, as the writer changes them.</summary>
internal sealed class BatchTable
{
    private readonly Statement _insert;
    private readonly Statement _delete;
    private readonly Statement _deleteSome;
    private readonly Statement _changes;

    public BatchTable(Database database)
    {
        _insert = database.Prepare("INSERT INTO batch (id, directory, body) VALUES (?1, ?2, ?3)");
        _delete = database.Prepare("DELETE FROM batch WHERE id BETWEEN ?1 AND ?2");
        _deleteSome = database.Prepare(
            "DELETE FROM batch WHERE id IN (SELECT id FROM batch WHERE id BETWEEN ?1 AND ?2 ORDER BY id LIMIT ?3)");
        _changes = database.Prepare("SELECT changes()");
    }

    public void Insert(long id, ReadOnlySpan<byte> directory, ReadOnlySpan<byte> body) =>
        _insert.Bind(1, id).Bind(2, directory).Bind(3, body).Run();

    public void Delete(long first, long last) => _delete.Bind(1, first).Bind(2, last).Run();

    /// <summary>Deletes batches, neighbours in one statement.</summary>
    /// <param name="ids">The batches, in any order; they are sorted.</param>
    public void Delete(List<long> ids)
    {
        ids.Sort();
        for (int i = 0; i < ids.Count;)
        {
            int end = i + 1;
            while (end < ids.Count && ids[end] == ids[end - 1] + 1)
            {
                end++;
            }

            _delete.Bind(1, ids[i]).Bind(2, ids[end - 1]).Run();
            CrashPoint.Reached(CrashPoint.BatchesFreed);
            i = end;
        }
    }

    /// <summary>Deletes the first batches between two ids; false when there were fewer than was allowed, so that none is left.</summary>
    public bool DeleteSome(long first, long last, int most)
    {
        _deleteSome.Bind(1, first).Bind(2, last).Bind(3, most).Run();
        _changes.Step();
        long deleted = _changes.Int64(0);
        _changes.Reset();
        return deleted >= most;
    }
}
