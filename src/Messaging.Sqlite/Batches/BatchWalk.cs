using Messaging.Sqlite.Connections;
using Messaging.Sqlite.Diagnostics;
using Messaging.Storage;
using Microsoft.Data.Sqlite;

namespace Messaging.Sqlite.Batches;

/// <summary>A walk over batches in the order of their ids, which goes on behind the pages that SQLite cannot read.</summary>
internal sealed class BatchWalk
{
    private readonly Statement _rows;
    private readonly Statement _next;
    private long _to;

    /// <param name="database">The connection.</param>
    /// <param name="withBodies">Whether to load the bodies too.</param>
    public BatchWalk(Database database, bool withBodies)
    {
        string columns = withBodies ? "id, directory, body" : "id, directory";
        _rows = database.Prepare($"SELECT {columns} FROM batch WHERE id BETWEEN ?1 AND ?2 ORDER BY id");
        _next = database.Prepare("SELECT id FROM batch WHERE id BETWEEN ?1 AND ?2 ORDER BY id LIMIT 1");
    }

    /// <summary>Gets the batch; after damage, the last one that the damage may hide.</summary>
    public long Id { get; private set; }

    /// <summary>Gets the damage that the walk has just come over; <see langword="null"/> when it has come to a batch.</summary>
    public Exception? Damage { get; private set; }

    /// <summary>Gets the directory; it is gone with the next step.</summary>
    public ReadOnlySpan<byte> Directory => _rows.Blob(1);

    /// <summary>Gets the body, of a walk that loads them; it is gone with the next step.</summary>
    public ReadOnlySpan<byte> Body => _rows.Blob(2);

    /// <summary>Describes a batch whose directory cannot be read.</summary>
    public static StoreDamage Describe(long batch, Exception problem) =>
        new($"Batch {batch} is damaged: {problem.Message} It may hold records of any log, which are missing then.");

    public void Begin(long from, long to)
    {
        Id = from - 1;
        Damage = null;
        _to = Math.Min(to, long.MaxValue - 1);
        _rows.Bind(1, from).Bind(2, _to);
    }

    /// <summary>Goes to the next batch or over the next damage; false at the end.</summary>
    public bool Next()
    {
        if (Damage is not null && Id >= _to)
        {
            // It hides everything up to the end.
            return false;
        }

        try
        {
            Damage = null;
            if (!_rows.Step())
            {
                return false;
            }

            long id = _rows.Int64(0);
            Id = id > Id ? id : throw new InvalidDataException("The batches are out of order.");
        }
        catch (Exception e) when (DamageReport.IsDamage(e))
        {
            _rows.Reset();
            Damage = e;
            Id = FindEndOfDamage(Id + 1);
            _rows.Bind(1, Id + 1).Bind(2, _to);
        }

        return true;
    }

    public void End() => _rows.Reset();

    /// <summary>Finds the last id that the damage hides. A damaged page hides neighbouring ids, so the search doubles its steps.</summary>
    private long FindEndOfDamage(long from)
    {
        if (TryFind(from, out long damaged))
        {
            // The row is there; what lies elsewhere of it is damaged.
            return damaged;
        }

        long bad = from;
        long good = _to + 1;
        for (long step = 1; step <= _to - bad; step *= 2)
        {
            if (TryFind(bad + step, out _))
            {
                good = bad + step;
                break;
            }

            bad += step;
        }

        while (good - bad > 1)
        {
            long middle = bad + ((good - bad) / 2);
            if (TryFind(middle, out _))
            {
                good = middle;
            }
            else
            {
                bad = middle;
            }
        }

        return bad;
    }

    // False when the way to the id leads over the damage.
    private bool TryFind(long from, out long id)
    {
        try
        {
            id = _next.Bind(1, from).Bind(2, _to).Step() ? _next.Int64(0) : _to;
            return id >= from;
        }
        catch (SqliteException e) when (DamageReport.IsDamage(e))
        {
            id = 0;
            return false;
        }
        finally
        {
            _next.Reset();
        }
    }
}
