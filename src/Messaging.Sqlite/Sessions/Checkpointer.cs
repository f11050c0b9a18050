using Messaging.Sqlite.Connections;
using Messaging.Sqlite.Diagnostics;
using Messaging.Sqlite.Files;
using Messaging.Sqlite.Format;
using Messaging.Sqlite.Paths;
using Messaging.Sqlite.Reading;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Messaging.Sqlite.Sessions;

/// <summary>The bound on the write-ahead log: it decides when its pages are copied into the file, and does it on the writer's thread.</summary>
/// <remarks>SQLite begins the log anew only when everything is copied and no reader looks at it. Readers are short, but many in turn
/// can keep it growing; before that matters they are held back for the moment that emptying it takes.</remarks>
internal sealed class Checkpointer
{
    /// <summary>The size that the log does not exceed, but for a commit that alone is larger.</summary>
    public const long CapBytes = 64 << 20;

    private const long BusyBytes = 4 << 20;
    private const long IdleBytes = 1 << 20;
    private const long RestartBytes = 32 << 20;
    private const long FrameBytes = FilePage.Size + LeftLog.FrameHeaderLength;
    private const int CacheWrite = 9;

    private readonly Database _database;
    private readonly FileInfo _log;
    private readonly StoreWriter _writer;
    private readonly StoreTransaction _transaction;
    private readonly ReaderPool _readers;

    // The pages that the log holds at most: what it held at the last look, and what was written since.
    private long _held;
    private long _written;

    /// <param name="database">The writer's connection.</param>
    /// <param name="path">The store's file.</param>
    /// <param name="writer">Adds what the file needs before pages are copied.</param>
    /// <param name="transaction">The transactions of the connection.</param>
    /// <param name="readers">Those who can keep the log from being emptied.</param>
    public Checkpointer(Database database, string path, StoreWriter writer, StoreTransaction transaction, ReaderPool readers)
    {
        _database = database;
        _log = new FileInfo(path + Neighbours.Log);
        _writer = writer;
        _transaction = transaction;
        _readers = readers;
    }

    /// <summary>Makes room for a commit before it is written; false when the log cannot be emptied, because the disk is full.</summary>
    /// <param name="bytes">How much will be stored.</param>
    public bool MakeRoom(long bytes)
    {
        // Some pages besides those of the records change, too.
        long needed = bytes + (bytes / 32) + IdleBytes;
        if (Most() + needed <= CapBytes)
        {
            return true;
        }

        Copy();
        if (Most() + needed > CapBytes && _held > 0)
        {
            Empty();
        }

        // What is larger than the log may be is written all the same, to an empty one, which is cut off afterwards.
        return _held == 0 || Most() + needed <= CapBytes;
    }

    /// <summary>Copies what has gathered, if it is enough to be worth it.</summary>
    /// <param name="idle">Whether nothing waits for the writer: then less is enough.</param>
    public void Maintain(bool idle)
    {
        Look();
        if (_written * FilePage.Size >= (idle ? IdleBytes : BusyBytes))
        {
            Copy();
        }
    }

    /// <summary>Copies everything and empties the log.</summary>
    public void Finish() => Run(raw.SQLITE_CHECKPOINT_TRUNCATE);

    private void Copy()
    {
        Run(raw.SQLITE_CHECKPOINT_PASSIVE);
        _log.Refresh();
        if (_held * FrameBytes >= RestartBytes || (_log.Exists && _log.Length > CapBytes))
        {
            Empty();
        }
    }

    private void Empty()
    {
        _readers.HoldBack();
        try
        {
            // Nobody of ours is in the way now, and another program is not waited for.
            _database.WaitForOthers(TimeSpan.Zero);
            Finish();
        }
        finally
        {
            _database.WaitForOthers(Database.Patience);
            _readers.LetGo();
        }
    }

    private long Most()
    {
        Look();
        return (_held + _written) * FrameBytes;
    }

    private void Look()
    {
        // The counter starts again at each look, so that what is added up is what was written since.
        raw.sqlite3_db_status(_database.Handle, CacheWrite, out int written, out _, 1);
        _written += written;
    }

    private void Run(int mode)
    {
        try
        {
            if (_writer.HasUnnoted)
            {
                _transaction.Run(_writer.Epoch.MayBeginLog, writer => writer.NoteLast(), _writer, _writer.NoteRollBack);
            }
        }
        catch (StoreException)
        {
            // On a full disk less is noted, and only damage would ask for it.
        }

        // Pages of a store that is another session's now are not ours to copy.
        _transaction.Verify();
        Look();
        CrashPoint.Reached(CrashPoint.CheckpointBegins);
        int code = raw.sqlite3_wal_checkpoint_v2(_database.Handle, "main", mode, out int frames, out _);
        CrashPoint.Reached(CrashPoint.CheckpointDone);
        _writer.Epoch.NoteCopied();

        // A full disk leaves the count open: then the log holds what it held.
        _held = frames < 0 ? _held + _written : frames;
        _written = 0;
        if ((code & 0xFF) is not (raw.SQLITE_OK or raw.SQLITE_BUSY or raw.SQLITE_FULL))
        {
            SqliteException.ThrowExceptionForRC(code, _database.Handle);
        }
    }
}
