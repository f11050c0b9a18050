using System.Globalization;
using System.Security.Cryptography;

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
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            // SQLite gives its other files the mode of this one.
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        new FileStream(unfinished, options).Dispose();
        using (var database = new Database(unfinished, queryOnly: false))
        {
            database.Execute("PRAGMA page_size=4096; PRAGMA synchronous=FULL; BEGIN IMMEDIATE");
            database.Execute(string.Create(CultureInfo.InvariantCulture, $"PRAGMA application_id={FileHeader.ApplicationId}"));
            migrator.Apply(database);
            uint storeId = BitConverter.ToUInt32(RandomNumberGenerator.GetBytes(sizeof(uint)));
            database.Execute(string.Create(CultureInfo.InvariantCulture, $"INSERT INTO meta VALUES (1, {storeId}, 0, 1); COMMIT"));
        }

        File.Move(unfinished, path, overwrite: true);
    }
}
