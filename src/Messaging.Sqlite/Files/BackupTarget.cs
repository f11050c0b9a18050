using Messaging.Sqlite.Catalog;
using Microsoft.Data.Sqlite;

namespace Messaging.Sqlite.Files;

/// <summary>The place of a copy: a file under another name, which gets its own when it is complete and on the disk, and goes otherwise.</summary>
internal sealed class BackupTarget : IDisposable
{
    private readonly string _path;

    /// <summary>Creates the unfinished file, readable and writable for its owner only.</summary>
    /// <param name="path">Where the copy is to be.</param>
    /// <exception cref="StoreException">It cannot be there.</exception>
    public BackupTarget(string path)
    {
        _path = Path.GetFullPath(path);
        Unfinished = _path + "-unfinished";
        if (Path.Exists(_path))
        {
            throw new StoreException($"A copy cannot be written to '{_path}': there is something already. Name a new file.");
        }

        string directory = Path.GetDirectoryName(_path)!;
        if (!Directory.Exists(directory))
        {
            throw new StoreException($"A copy cannot be written to '{_path}': there is no directory '{directory}'. Create it first.");
        }

        try
        {
            DeleteUnfinished();
            new FileStream(Unfinished, OwnerOnly(FileMode.CreateNew)).Dispose();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StoreException($"A copy cannot be written to '{_path}': {e.Message}", e);
        }
    }

    /// <summary>Gets the file to write to.</summary>
    public string Unfinished { get; }

    /// <summary>Gets the options for a file that is for its owner only.</summary>
    public static FileStreamOptions OwnerOnly(FileMode mode)
    {
        var options = new FileStreamOptions { Mode = mode, Access = FileAccess.ReadWrite };
        if (!OperatingSystem.IsWindows())
        {
            // SQLite gives its other files the mode of this one.
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        return options;
    }

    /// <summary>Makes the copy a closed store, brings it to the disk, and gives it its name.</summary>
    /// <exception cref="StoreException">It cannot be there.</exception>
    public void Complete()
    {
        try
        {
            using (var database = new Database(Unfinished, queryOnly: false))
            {
                // The store was open when it was copied; the copy needs no log and is no crash.
                var meta = new MetaTable(database);
                meta.Write(StoreStage.Closed, meta.StoredEpoch);
            }

            using (var file = new FileStream(Unfinished, FileMode.Open, FileAccess.ReadWrite))
            {
                file.Flush(flushToDisk: true);
            }

            File.Move(Unfinished, _path, overwrite: false);
            DirectorySync.Run(Path.GetDirectoryName(_path)!);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or SqliteException or InvalidDataException)
        {
            throw new StoreException($"A copy cannot be written to '{_path}': {e.Message} Nothing is left of it.", e);
        }
    }

    public void Dispose() => DeleteUnfinished();

    private void DeleteUnfinished()
    {
        foreach (string file in new[] { Unfinished, Unfinished + "-wal", Unfinished + "-shm", Unfinished + "-journal" })
        {
            File.Delete(file);
        }
    }
}
