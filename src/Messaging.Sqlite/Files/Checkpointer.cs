using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Messaging.Sqlite.Files;

/// <summary>The bound on the write-ahead log: it decides when its pages are copied into the file, and does it on the writer's thread.</summary>
internal sealed class Checkpointer
{
    public const long PageSize = 4_096;

    private const long BusyBytes = 4 << 20;
    private const long IdleBytes = 1 << 20;
    private const long HardCapBytes = 64 << 20;
    private const int CacheWrite = 9;

    private readonly Database _database;
    private long _pages;

    /// <param name="database">The writer's connection.</param>
    /// <param name="leftBehind">The bytes of a log that a crash left.</param>
    public Checkpointer(Database database, long leftBehind)
    {
        _database = database;
        _pages = leftBehind / PageSize;
    }

    /// <summary>Copies what has gathered, if it is enough to be worth it.</summary>
    /// <param name="idle">Whether nothing waits for the writer: then less is enough.</param>
    public void Maintain(bool idle)
    {
        // The counter starts again at each look, so that what is added up is what was written since.
        raw.sqlite3_db_status(_database.Handle, CacheWrite, out int written, out _, 1);
        _pages += written;
        if (_pages * PageSize < (idle ? IdleBytes : BusyBytes))
        {
            return;
        }

        int frames = Run(raw.SQLITE_CHECKPOINT_PASSIVE);
        _pages = 0;
        if (frames * PageSize >= HardCapBytes)
        {
            // Readers kept the log from starting again at its beginning; this waits for the last of them.
            Run(raw.SQLITE_CHECKPOINT_TRUNCATE);
        }
    }

    /// <summary>Copies everything and empties the log.</summary>
    public void Finish() => Run(raw.SQLITE_CHECKPOINT_TRUNCATE);

    private int Run(int mode)
    {
        int code = raw.sqlite3_wal_checkpoint_v2(_database.Handle, "main", mode, out int frames, out _);
        if ((code & 0xFF) is not (raw.SQLITE_OK or raw.SQLITE_BUSY or raw.SQLITE_FULL))
        {
            SqliteException.ThrowExceptionForRC(code, _database.Handle);
        }

        return frames;
    }
}
