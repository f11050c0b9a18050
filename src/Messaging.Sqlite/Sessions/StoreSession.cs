using Messaging.Sqlite.Batches;
using Messaging.Sqlite.Connections;
using Messaging.Sqlite.Diagnostics;
using Messaging.Sqlite.Files;
using Messaging.Sqlite.Reading;
using Messaging.Sqlite.Tables;
using Messaging.Storage;
using Microsoft.Data.Sqlite;

namespace Messaging.Sqlite.Sessions;

/// <summary>An open store: its lock, its writer and its readers, from its beginning to its closing.</summary>
internal sealed class StoreSession : IDisposable
{
    private readonly OwnershipLock _ownership;
    private readonly Database _database;
    private readonly Fence _fence;
    private readonly StoreWriter _writer;
    private readonly StoreTransaction _transaction;
    private readonly Checkpointer _checkpointer;
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
        var hints = new ReadHints();
        _writer = new StoreWriter(database, meta, damage, hints, options);
        _transaction = new StoreTransaction(fence.Path, database, fence);
        Readers = new ReaderPool(fence, options.SkipDamaged, hints);
        _checkpointer = new Checkpointer(database, fence.Path, _writer, _transaction, Readers);
        Commits = new StoreCommits(fence.Path, _writer, _transaction, _checkpointer, hints);
        Contents = _writer.Describe();

        Begin();
    }

    public StoreContents Contents { get; }

    public ReaderPool Readers { get; }

    public StoreCommits Commits { get; }

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
        _transaction.Run(powerSafe: true, _writer.BeginEpoch, StoreStage.Open, _writer.NoteRollBack);
        _fence.Hold(Contents.Epoch);
        _checkpointer.Finish();

        // SQLite does the same when it makes its log, and goes on when that fails.
        DirectorySync.Run(Path.GetDirectoryName(_fence.Path)!);
        _ownership.NoteStore();
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
            _transaction.Run(powerSafe: true, epoch => epoch.End(), _writer.Epoch, _writer.NoteRollBack);
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
