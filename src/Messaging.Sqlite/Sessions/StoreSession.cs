using Messaging.Sqlite.Batches;
using Messaging.Sqlite.Connections;
using Messaging.Sqlite.Diagnostics;
using Messaging.Sqlite.Files;
using Messaging.Sqlite.Paths;
using Messaging.Sqlite.Reading;
using Messaging.Sqlite.Tables;
using Messaging.Storage;
using Microsoft.Data.Sqlite;

namespace Messaging.Sqlite.Sessions;

/// <summary>An open store: its lock, its writer and its readers, from its beginning to its closing.</summary>
internal sealed class StoreSession : IDisposable
{
    private const int SlicesWhenIdle = 32;

    // As much upkeep as keeps step with what is appended.
    private const int AppendedASlice = 1 << 20;

    private readonly OwnershipLock _ownership;
    private readonly Database _database;
    private readonly Fence _fence;
    private readonly StoreWriter _writer;
    private readonly StoreTransaction _transaction;
    private readonly Checkpointer _checkpointer;
    private readonly ReadHints _hints = new();
    private readonly Action<StoreCommit> _write;
    private readonly Action _rolledBack;
    private StoreBackup? _backup;

    /// <summary>Begins the epoch of an opening.</summary>
    /// <param name="ownership">The lock, which the session releases at its end.</param>
    /// <param name="database">The writer's connection to a file that is what it should be; the session closes it.</param>
    /// <param name="fence">What has watched the file since before the row about the store was read.</param>
    /// <param name="meta">The row about the store.</param>
    /// <param name="damage">Is told of damage that can be passed over.</param>
    /// <param name="options">The options.</param>
    public StoreSession(OwnershipLock ownership, Database database, Fence fence, MetaTable meta, DamageReport damage, SqliteStoreOptions options)
    {
        _ownership = ownership;
        _database = database;
        _fence = fence;
        _writer = new StoreWriter(database, meta, damage, _hints, options);
        _transaction = new StoreTransaction(fence.Path, database, fence);
        Readers = new ReaderPool(fence, options.SkipDamaged, _hints);
        _checkpointer = new Checkpointer(
            database, fence.Path + Neighbours.Log, Readers.HoldBack, Readers.LetGo, BeforeCopy, _writer.Epoch.NoteCopied);
        _write = _writer.Write;
        _rolledBack = _writer.NoteRollBack;
        Contents = _writer.Describe();

        Begin();
    }

    public StoreContents Contents { get; }

    public ReaderPool Readers { get; }

    public void Commit(StoreCommit commit)
    {
        MakeRoom(commit);
        Run(commit.Durability == Durability.Power, _write, commit);
        _writer.Confirm();
    }

    public void Maintain(bool idle, CancellationToken cancellationToken)
    {
        if (_transaction.Fatal is not null)
        {
            return;
        }

        try
        {
            Tidy(idle, cancellationToken);
            _checkpointer.Maintain(idle);
        }
        catch (SqliteException e)
        {
            // The log still holds what could not be copied, but whether the disk kept the rest is in doubt.
            _transaction.Fail(e);
        }
        catch (StoreException) when (_transaction.Fatal is not null)
        {
            // The next commit tells.
        }
    }

    /// <summary>Begins a copy of the store; the caller takes its steps, each between two commits.</summary>
    /// <param name="path">The file to write to.</param>
    /// <exception cref="StoreException">One is under way, or the store has failed.</exception>
    public StoreBackup BeginBackup(string path)
    {
        _transaction.Verify();
        if (_backup is { IsEnded: false })
        {
            throw new StoreException($"'{_fence.Path}' is being copied already; one copy is made at a time.");
        }

        return _backup = new StoreBackup(_database, path);
    }

    /// <summary>Ends a copy that is under way, since the store is closed.</summary>
    public void EndBackup() => _backup?.Dispose();

    public void Dispose()
    {
        Readers.Dispose();
        try
        {
            Try(EndEpoch);
            Try(SaveLog);
        }
        finally
        {
            _database.Dispose();
            _ownership.Dispose();
        }
    }

    /// <summary>Says that it is open, in the file itself, which shows later when its log is missing.</summary>
    /// <remarks>What a crash left in the log may be in the system's memory only, after a sync that failed: it is written once more.</remarks>
    private void Begin()
    {
        // From now on the file may say that there is a log: it stays, also when this fails, or when nobody closes the store.
        _database.KeepLogAtClose();
        Run(powerSafe: true, writer => writer.BeginEpoch(), _writer);
        _fence.Hold(Contents.Epoch);
        _checkpointer.Finish();

        // SQLite does the same when it makes its log, and goes on when that fails.
        DirectorySync.Run(Path.GetDirectoryName(_fence.Path)!);
        _ownership.NoteStore();
    }

    private static long BytesOf(StoreCommit commit)
    {
        long bytes = 0;
        foreach (StoreAppend append in commit.Appends)
        {
            bytes += append.Payload.Length;
        }

        foreach (ScheduledRecord record in commit.Scheduled)
        {
            bytes += record.Payload.Length;
        }

        return bytes;
    }

    private void MakeRoom(StoreCommit commit)
    {
        if (_transaction.Fatal is not null)
        {
            return;
        }

        bool hasRoom = true;
        try
        {
            hasRoom = _checkpointer.MakeRoom(BytesOf(commit));
        }
        catch (SqliteException e)
        {
            _transaction.Fail(e);
        }

        if (!hasRoom)
        {
            throw new StoreException(
                $"'{_fence.Path}' has no room for a commit, and nothing of it was stored: its write-ahead log is at its limit and cannot be emptied, "
                + "since the disk is full or another program reads the file.");
        }
    }

    // The first commit in a log is on the disk before anything follows it: it says whose the log is.
    private void Run<T>(bool powerSafe, Action<T> work, T argument) =>
        _transaction.Run(powerSafe || _writer.Epoch.MayBeginLog, work, argument, _rolledBack);

    private void BeforeCopy()
    {
        try
        {
            if (_writer.HasUnnoted)
            {
                Run(powerSafe: false, writer => writer.NoteLast(), _writer);
            }
        }
        catch (StoreException)
        {
            // On a full disk less is noted, and only damage would ask for it.
        }

        // Pages of a store that is another session's now are not ours to copy.
        _transaction.Verify();
    }

    private void Tidy(bool idle, CancellationToken cancellationToken)
    {
        try
        {
            int slices = (idle ? SlicesWhenIdle : 1) + (int)(_writer.TakeAppended() / AppendedASlice);
            for (; slices > 0 && _writer.HasGarbage && !cancellationToken.IsCancellationRequested; slices--)
            {
                Run(powerSafe: false, writer => writer.FreeSlice(), _writer);
                _hints.EndMove();
            }
        }
        catch (StoreException)
        {
            _hints.EndMove();

            // Tidying can wait; if the trouble lasts, it is the next commit that has somebody to tell.
        }
    }

    private void Try(Action close)
    {
        try
        {
            close();
        }
        catch (Exception e) when (e is SqliteException or StoreException)
        {
            // The commits are safe in the log; the next opening copies them.
            _transaction.Fail(e);
        }
    }

    private void EndEpoch()
    {
        if (_transaction.Fatal is null)
        {
            Run(powerSafe: true, writer => writer.Epoch.End(), _writer);
            _checkpointer.Finish();
            _database.DeleteLogAtClose();
        }
    }

    /// <summary>Copies a log that was deleted into the file: nobody else can read it. Nobody else has opened the store, or there would be a log again.</summary>
    private void SaveLog()
    {
        if (_fence.HasLostItsLog && _ownership.IsAtItsPlace)
        {
            _database.Execute("BEGIN IMMEDIATE");
            _writer.Epoch.End();
            _database.Execute("COMMIT; PRAGMA wal_checkpoint(TRUNCATE)");
        }
    }
}
