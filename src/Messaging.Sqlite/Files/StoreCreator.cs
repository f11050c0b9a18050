using System.Globalization;
using System.Security.Cryptography;
using Messaging.Sqlite.Catalog;

namespace Messaging.Sqlite.Files;

/// <summary>The birth of a store's file: it is built under another name and renamed, so that it is whole from its first moment.</summary>
internal static class StoreCreator
{
    /// <summary>Creates the file; the caller owns the lock.</summary>
    /// <param name="path">The file, which is not there or empty.</param>
    /// <param name="migrator">The schema.</param>
    public static void Create(string path, Migrator migrator)
    {
        string unfinished = path + "-new";
        File.Delete(unfinished);
        File.Delete(unfinished + "-journal");
        new FileStream(unfinished, BackupTarget.OwnerOnly(FileMode.CreateNew)).Dispose();
        using (var database = new Database(unfinished, queryOnly: false))
        {
            database.Execute("PRAGMA page_size=4096; PRAGMA synchronous=FULL; BEGIN IMMEDIATE");
            database.Execute(string.Create(CultureInfo.InvariantCulture, $"PRAGMA application_id={FileHeader.ApplicationId}"));
            migrator.Apply(database);
            uint storeId = BitConverter.ToUInt32(RandomNumberGenerator.GetBytes(sizeof(uint)));
            database.Execute(MetaTable.Create(storeId) + "; COMMIT");
        }

        File.Move(unfinished, path, overwrite: true);
    }
}
