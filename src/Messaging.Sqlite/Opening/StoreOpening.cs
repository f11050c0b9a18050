using Messaging.Sqlite.Connections;
using Messaging.Sqlite.Diagnostics;
using Messaging.Sqlite.Files;
using Messaging.Sqlite.Paths;
using Messaging.Sqlite.Schema;
using Messaging.Sqlite.Sessions;
using Messaging.Sqlite.Tables;
using Messaging.Storage;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Messaging.Sqlite.Opening;

/// <summary>The way from a path to an open store: what must hold before SQLite sees a file, then what must hold of what is in it.</summary>
internal static class StoreOpening
{
    /// <summary>Opens a file, creating it when it is not there.</summary>
    public static StoreSession Open(string path, SqliteStoreOptions options)
    {
        Migrator migrator = Migrator.Embedded();
        StoreLocation.Verify(path, options.AllowSharedDirectory);
        OwnershipLock ownership = OwnershipLock.Take(path);
        try
        {
            if (!File.Exists(path) || new FileInfo(path).Length == 0)
            {
                StoreCreator.Create(path, migrator, ownership);
            }

            FileHeader.Verify(path, migrator.Newest);
            return OpenFile(path, ownership, migrator, options);
        }
        catch (StoreException)
        {
            ownership.Withdraw();
            ownership.Dispose();
            throw;
        }
        catch (Exception e)
        {
            ownership.Withdraw();
            ownership.Dispose();
            throw Translate(path, e);
        }
    }

    private static StoreSession OpenFile(string path, OwnershipLock ownership, Migrator migrator, SqliteStoreOptions options)
    {
        bool hadLog = File.Exists(path + Neighbours.Log);
        bool hadIndex = File.Exists(path + Neighbours.Index);
        var damage = new DamageReport(options.SkipDamaged);
        JudgeLog(path, hadLog, damage);
        var database = new Database(path, queryOnly: false);
        try
        {
            long version = database.Scalar("PRAGMA user_version");
            FileHeader.VerifyVersion(path, version, migrator.Newest);
            SchemaCheck.Verify(path, database, (int)version);
            StoreCheck.Run(path, database, options, damage);
            TableCheck.Run(database, damage);
            if (!hadLog && new MetaTable(database).State == StoreStage.Open)
            {
                damage.Meet(new StoreDamage($"It was not closed, and its write-ahead log '{path}-wal' is missing: what was committed last is lost."));
            }

            database.Execute("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL");
            if (version < migrator.Newest)
            {
                Migrate(database, migrator);
            }

            if (options.MaxPages > 0)
            {
                database.Execute($"PRAGMA max_page_count={options.MaxPages}");
            }

            // The fence watches from here on, since a change of the journal mode looks like a commit of somebody else. What is read of the row
            // about the store is believed only from here on, too.
            var fence = new Fence(path, database);
            return new StoreSession(ownership, database, fence, new MetaTable(database), damage, options);
        }
        catch
        {
            if (hadLog)
            {
                database.KeepLogAtClose();
            }

            database.Dispose();
            if (hadLog && !hadIndex)
            {
                File.Delete(path + Neighbours.Index);
            }

            throw;
        }
    }

    private static void JudgeLog(string path, bool hadLog, DamageReport damage)
    {
        var origin = new LogOrigin(hadLog ? MetaRow.In(path) : null);
        if (hadLog && LeftLog.CountLost(path + Neighbours.Log, origin, out long frame) is > 0 and var lost)
        {
            // Told, not refused: where commits are not synced, a power cut can leave the same.
            damage.Note(new StoreDamage(
                $"The write-ahead log is damaged at its frame {frame}: at least {lost} commits are lost; the store is in the state before them."));
        }

        origin.Verify(path);
    }

    private static void Migrate(Database database, Migrator migrator)
    {
        database.Execute("BEGIN IMMEDIATE");
        migrator.Apply(database);
        new MetaTable(database).Renumber();
        database.Execute("COMMIT");
    }

    private static StoreException Translate(string path, Exception e) => e switch
    {
        InvalidDataException => new StoreFormatException(path, $"it is damaged: {e.Message}", e),
        SqliteException { SqliteErrorCode: raw.SQLITE_NOTADB or raw.SQLITE_CORRUPT or raw.SQLITE_ERROR } =>
            new StoreFormatException(path, $"it is damaged: {e.Message}", e),
        SqliteException { SqliteErrorCode: raw.SQLITE_BUSY } => new StoreInUseException(path, e),
        _ => new StoreException($"'{path}' cannot be opened: {e.Message}", e),
    };
}
