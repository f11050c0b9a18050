using System.Globalization;
using System.Security.Cryptography;
using Messaging.Sqlite.Connections;
using Messaging.Sqlite.Files;
using Messaging.Sqlite.Paths;
using Messaging.Sqlite.Schema;
using Messaging.Sqlite.Tables;

namespace Messaging.Sqlite.Opening;

/// <summary>The birth of a store's file: it is built under another name and renamed, so that it is whole from its first moment.</summary>
internal static class StoreCreator
{
    /// <summary>Creates the file; the caller owns the lock.</summary>
    /// <param name="path">The file, which is not there or empty.</param>
    /// <param name="migrator">The schema.</param>
    /// <param name="ownership">The lock, which knows whether there was a store before: then a missing or empty file is what is left of it.</param>
    /// <exception cref="StoreFormatException">A new store would hide that an old one is lost, or be mixed up with what is left of it.</exception>
    public static void Create(string path, Migrator migrator, OwnershipLock ownership)
    {
        // A first opening that ended half-way leaves an empty lock file and no store.
        bool isEmpty = File.Exists(path);
        if (isEmpty ? !ownership.IsNew : ownership.HadStore)
        {
            throw new StoreFormatException(
                path,
                $"it is {(isEmpty ? "empty" : "missing")}, although a store was kept here: '{path}-lock' is there. "
                + $"Put the file or a copy in its place, or delete {(isEmpty ? "both" : "the lock file too")} to begin anew.");
        }

        if (new FileInfo(path + Neighbours.Log) is { Exists: true, Length: > 0 })
        {
            throw new StoreFormatException(
                path, $"there is nothing in it, and '{path}-wal' is the write-ahead log of a store. Put the store's file back, or delete the log to begin anew.");
        }

        using var unfinished = new UnfinishedFile(path, Neighbours.New);
        using (var database = new Database(unfinished.Name, queryOnly: false))
        {
            // A file that counts only when it is complete needs no journal. It is one with a write-ahead log from its first moment, so no store
            // ever has a journal.
            database.Execute("PRAGMA page_size=4096; PRAGMA journal_mode=MEMORY; BEGIN IMMEDIATE");
            database.Execute(string.Create(CultureInfo.InvariantCulture, $"PRAGMA application_id={FileHeader.ApplicationId}"));
            migrator.Apply(database);
            uint storeId = BitConverter.ToUInt32(RandomNumberGenerator.GetBytes(sizeof(uint)));
            database.Execute(MetaTable.Create(storeId) + "; COMMIT");
            database.Execute("PRAGMA journal_mode=WAL");
        }

        unfinished.Complete(replacesEmpty: true);
    }
}
