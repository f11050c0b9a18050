using Messaging.Sqlite.Connections;
using Messaging.Sqlite.Diagnostics;
using Messaging.Sqlite.Files;
using Microsoft.Data.Sqlite;

namespace Messaging.Sqlite.Reading;

/// <summary>A reading connection and its transactions: each sees one state of the file, and asks whether that is still the session's.</summary>
internal sealed class ReadTransaction : IDisposable
{
    private readonly Fence _fence;
    private readonly Statement _begin;
    private readonly Statement _end;

    /// <exception cref="StoreException">There is no file at the path any more.</exception>
    public ReadTransaction(Fence fence)
    {
        Heed(fence, fence.FindAbsence());
        Database = new Database(fence.Path, queryOnly: true);
        try
        {
            // Where nobody closes the store, this may be the last connection that is collected.
            Database.KeepLogAtClose();
            _fence = fence.For(Database);
            _begin = Database.Prepare("BEGIN");
            _end = Database.Prepare("COMMIT");
        }
        catch
        {
            Database.Dispose();
            throw;
        }
    }

    public Database Database { get; }

    /// <summary>Gets the store's file.</summary>
    public string Path => _fence.Path;

    /// <summary>Begins a transaction; the file is verified in it.</summary>
    public void Begin() => _begin.Run();

    /// <summary>Makes sure that the file is still the session's.</summary>
    /// <exception cref="StoreException">Its records are somebody else's to deliver, or gone with the next opening.</exception>
    public void VerifyFile() => Heed(_fence, _fence.FindMove() ?? _fence.FindOtherOwner());

    /// <summary>Ends the transaction. After damage SQLite refuses even to end what only read.</summary>
    public void End()
    {
        try
        {
            _end.Run();
        }
        catch (SqliteException) when (!Database.InTransaction)
        {
            // It has ended all the same.
        }
        catch (SqliteException e) when (DamageReport.IsDamage(e))
        {
            Database.Execute("ROLLBACK");
        }
    }

    public void Dispose() => Database.Dispose();

    private static void Heed(Fence fence, string? trouble)
    {
        if (trouble is not null)
        {
            throw new StoreException($"'{fence.Path}' cannot be read ({trouble}) and must be opened again.") { MustReopen = true };
        }
    }
}
