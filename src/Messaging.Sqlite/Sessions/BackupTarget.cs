using Messaging.Sqlite.Connections;
using Messaging.Sqlite.Files;
using Messaging.Sqlite.Paths;
using Messaging.Sqlite.Tables;
using Microsoft.Data.Sqlite;

namespace Messaging.Sqlite.Sessions;

/// <summary>The place of a copy: a file under another name, which gets its own when it is complete and on the disk, and goes otherwise.</summary>
internal sealed class BackupTarget : IDisposable
{
    private readonly string _path;
    private readonly UnfinishedFile _file;

    /// <summary>Creates the unfinished file, readable and writable for its owner only.</summary>
    /// <param name="path">Where the copy is to be.</param>
    /// <param name="allowSharedDirectory">Whether everybody may write to the directory.</param>
    /// <exception cref="StoreException">It cannot be there.</exception>
    public BackupTarget(string path, bool allowSharedDirectory)
    {
        _path = Path.GetFullPath(path);
        try
        {
            StoreLocation.VerifyForCopy(_path, allowSharedDirectory);
            _file = new UnfinishedFile(_path, Neighbours.Unfinished);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StoreException($"A copy cannot be written to '{_path}': {e.Message}", e);
        }
    }

    /// <summary>Gets the file to write to.</summary>
    public string Unfinished => _file.Name;

    /// <summary>Makes the copy a closed store, brings it to the disk, and gives it its name.</summary>
    /// <exception cref="StoreException">It cannot be there.</exception>
    public void Complete()
    {
        bool isNamed = false;
        try
        {
            using (var database = new Database(Unfinished, queryOnly: false))
            {
                // The store was open when it was copied; the copy needs no log and is no crash.
                new MetaTable(database).BecomeCopy();
            }

            _file.Complete(replacesEmpty: false);
            isNamed = true;
            DirectorySync.Run(Path.GetDirectoryName(_path)!);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or SqliteException or InvalidDataException)
        {
            if (isNamed)
            {
                // A power cut may take its name away again.
                File.Delete(_path);
            }

            throw new StoreException($"A copy cannot be written to '{_path}': {e.Message} Nothing is left of it.", e);
        }
    }

    public void Dispose() => _file.Dispose();
}
