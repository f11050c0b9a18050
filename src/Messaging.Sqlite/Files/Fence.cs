using System.Runtime.InteropServices;
using Messaging.Sqlite.Connections;
using Messaging.Sqlite.Paths;
using SQLitePCL;

namespace Messaging.Sqlite.Files;

/// <summary>What a connection asks before it believes that the store at the path is still the one that its session opened.</summary>
/// <remarks>The lock file keeps others out only as long as nobody deletes it, and SQLite goes on writing to files that have lost their names.
/// The epoch in the file is the truth about its owner: each opening raises it, in a transaction.</remarks>
internal sealed partial class Fence
{
    private const string Library = "e_sqlite3";
    private const int HasMoved = 20;

    // Another provider of SQLite would be handed a connection that is not its own.
    private static readonly bool _canAsk = raw.GetNativeLibraryName() == Library;

    private readonly Database _database;
    private readonly Statement _stored;
    private readonly string _logPath;
    private readonly FileIdentity? _file;
    private readonly bool _isOfAnother;
    private readonly long _version;
    private long _epoch;
    private bool _isHeld;
    private FileIdentity? _log;

    /// <summary>Begins to watch a file that is being opened; what is read from it afterwards is believed if nobody else has written meanwhile.</summary>
    /// <param name="path">The store's file.</param>
    /// <param name="database">The writer's connection to it.</param>
    public Fence(string path, Database database)
        : this(path, database, file: null)
    {
        _version = database.Scalar("PRAGMA data_version");
        _epoch = ReadEpoch();
    }

    private Fence(string path, Database database, FileIdentity? file)
    {
        Path = path;
        _logPath = path + Neighbours.Log;
        _database = database;
        FileIdentity.TryGet(path, out _file);
        _isOfAnother = FileIdentity.Differ(_file, file);
        _stored = database.Prepare("SELECT epoch FROM meta");
    }

    /// <summary>Gets the store's file.</summary>
    public string Path { get; }

    /// <summary>Gets a value indicating whether the write-ahead log has no name any more, as of the last search, and the file still has its own.</summary>
    public bool HasLostItsLog { get; private set; }

    private string Moved =>
        "the file was moved, deleted or replaced while it was open; what was confirmed is in that file and its '-wal': "
        + $"put both back to '{Path}', and stop the broker before you move a file";


    /// <summary>Holds the file from now on: the epoch of this opening is in it, and its write-ahead log is there.</summary>
    public void Hold(uint epoch)
    {
        _epoch = epoch;
        _isHeld = true;
        FileIdentity.TryGet(_logPath, out _log);
    }

    /// <summary>Finds out, from any thread, whether there is no file at the path any more, so that no connection to it can be opened.</summary>
    /// <returns>Why this session cannot go on; <see langword="null"/> if it can.</returns>
    public string? FindAbsence() => FileIdentity.TryGet(Path, out _) ? null : Moved;

    /// <summary>Gets the same for a reading connection, which was opened later.</summary>
    public Fence For(Database reader) => new(Path, reader, _file) { _epoch = _epoch, _isHeld = _isHeld, _log = _log };

    /// <summary>Finds out, in a transaction, whether the file belongs to another session now.</summary>
    /// <returns>Why this session cannot go on; <see langword="null"/> if it can.</returns>
    /// <exception cref="StoreInUseException">Another session commits to the file that is being opened.</exception>
    public string? FindOtherOwner()
    {
        bool isOurs = ReadEpoch() == _epoch;
        if (!_isHeld && (!isOurs || _database.Scalar("PRAGMA data_version") != _version))
        {
            throw new StoreInUseException(Path);
        }

        return isOurs
            ? null
            : $"another broker has opened it since, because its lock file '{Path}-lock' was deleted while it was open: "
                + "close one of the two, and delete that file only when no broker has the store open";
    }

    /// <summary>Finds out whether the file, or its log, is at its place no more.</summary>
    /// <returns>Why this session cannot go on; <see langword="null"/> if it can.</returns>
    public string? FindMove()
    {
        if (!_isHeld || OperatingSystem.IsWindows())
        {
            // Windows lets nobody move or delete a file that SQLite has open.
            return null;
        }

        if (_isOfAnother || HasLostItsName())
        {
            return Moved;
        }

        HasLostItsLog = !FileIdentity.TryGet(_logPath, out FileIdentity? log);
        if (HasLostItsLog)
        {
            return $"its write-ahead log '{_logPath}' was moved or deleted while it was open; close the broker, which copies what was confirmed into the file";
        }

        return FileIdentity.Differ(log, _log)
            ? $"its write-ahead log '{_logPath}' was replaced while it was open; what was confirmed since the log was last copied into the file is in the old log only"
            : null;
    }

    private bool HasLostItsName()
    {
        int moved = 0;
        return _canAsk && Ask(_database.Handle, 0, HasMoved, ref moved) == raw.SQLITE_OK
            ? moved != 0
            : !FileIdentity.TryGet(Path, out FileIdentity? file) || FileIdentity.Differ(file, _file);
    }

    private long ReadEpoch()
    {
        long epoch = _stored.Step() ? _stored.Int64(0) : -1;
        _stored.Reset();
        return epoch;
    }

    // No name means the connection's own file.
    [LibraryImport(Library, EntryPoint = "sqlite3_file_control")]
    private static partial int Ask(sqlite3 database, nint name, int question, ref int answer);
}
