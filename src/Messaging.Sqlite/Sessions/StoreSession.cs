using Messaging.Sqlite.Files;
using Messaging.Sqlite.Reading;
using Messaging.Storage;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Messaging.Sqlite.Sessions;

/// <summary>An open store: its lock, its writer and its readers, from opening to closing.</summary>
internal sealed class StoreSession : IDisposable
{
    private const int SlicesWhenIdle = 32;

    // As much upkeep as keeps step with what is appended.
    private const int AppendedASlice = 1 << 20;

    private readonly OwnershipLock _ownership;
    private readonly Database _database;
    private readonly StoreWriter _writer;
    private readonly StoreTransaction _transaction;
    private readonly Checkpointer _checkpointer;
    private readonly ReadHints _hints = new();
    private readonly Action<StoreCommit> _write;
    private readonly Action _markStale;

    // Whether the writer's memory is behind the file because a transaction was rolled back.
    private bool _stale;

    private StoreSession(string path, OwnershipLock ownership, Database database, long logLeftBehind, SqliteStoreOptions options)
    {
        _ownership = ownership;
        _database = database;
        _writer = new StoreWriter(database, _hints, options);
        _transaction = new StoreTransaction(path, database);
        _checkpointer = new Checkpointer(database, logLeftBehind);
        _write = Write;
        _markStale = () => _stale = true;
        Contents = _writer.Describe();
        _transaction.Run(powerSafe: true, writer => writer.BeginEpoch(), _writer, _markStale);
        Readers = new ReaderPool(path, _hints);
    }

    public StoreContents Contents { get; }

    public ReaderPool Readers { get; }

    /// <summary>Opens a file, creating it when it is not there.</summary>
    public static StoreSession Open(string path, SqliteStoreOptions options)
    {
        Migrator migrator = Migrator.Embedded();
        StoreLocation.Verify(path, options.AllowSharedDirectory);
        OwnershipLock ownership = OwnershipLock.Take(path);
        try
        {
            if (!File.Exists(path) || new FileInfo(path).Length == 0)
            {
                StoreCreator.Create(path, migrator);
            }

            FileHeader.Verify(path, migrator.Newest);
            return OpenFile(path, ownership, migrator, options);
        }
        catch (StoreException)
        {
            ownership.Withdraw();
            ownership.Dispose();
            throw;
        }
        catch (Exception e)
        {
            ownership.Withdraw();
            ownership.Dispose();
            throw Translate(path, e);
        }
    }

    public void Commit(StoreCommit commit)
    {
        _transaction.Run(commit.Durability == Durability.Power, _write, commit, _markStale);
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
            int slices = (idle ? SlicesWhenIdle : 1) + (int)(_writer.TakeAppended() / AppendedASlice);
            for (; slices > 0 && (_stale || _writer.HasGarbage) && !cancellationToken.IsCancellationRequested; slices--)
            {
                _transaction.Run(powerSafe: false, session => session.FreeSlice(), this, _markStale);
                _hints.EndMove();
            }

            _checkpointer.Maintain(idle);
        }
        catch (StoreException)
        {
            _hints.EndMove();

            // Upkeep can wait; if the trouble lasts, it is the next commit that has somebody to tell.
        }
        catch (SqliteException e)
        {
            // What could not be copied is still in the log, but whether the disk kept it is in doubt.
            _transaction.Fail(e);
        }
    }

    public void Dispose()
    {
        Readers.Dispose();
        try
        {
            if (_transaction.Fatal is null)
            {
                _checkpointer.Finish();
            }
        }
        catch (SqliteException e)
        {
            // The commits are safe in the log; the next opening copies them.
            _transaction.Fail(e);
        }
        finally
        {
            _database.Dispose();
            _ownership.Dispose();
        }
    }

    private static StoreSession OpenFile(string path, OwnershipLock ownership, Migrator migrator, SqliteStoreOptions options)
    {
        var walFile = new FileInfo(path + "-wal");
        long left = walFile.Exists ? walFile.Length : 0;
        bool hadIndex = File.Exists(path + "-shm");
        var database = new Database(path, queryOnly: false);
        try
        {
            FileHeader.VerifyVersion(path, database.Scalar("PRAGMA user_version"), migrator.Newest);
            database.Execute("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; BEGIN IMMEDIATE");
            migrator.Apply(database);
            database.Execute("COMMIT");
            if (options.MaxPages > 0)
            {
                database.Execute($"PRAGMA max_page_count={options.MaxPages}");
            }

            return new StoreSession(path, ownership, database, left, options);
        }
        catch
        {
            if (left > 0)
            {
                database.KeepLogAtClose();
            }

            database.Dispose();
            if (left > 0 && !hadIndex)
            {
                File.Delete(path + "-shm");
            }

            throw;
        }
    }

    private static StoreException Translate(string path, Exception e) => e switch
    {
        InvalidDataException => new StoreFormatException(path, $"it is damaged: {e.Message}", e),
        SqliteException { SqliteErrorCode: raw.SQLITE_NOTADB or raw.SQLITE_CORRUPT or raw.SQLITE_ERROR } =>
            new StoreFormatException(path, $"it is damaged: {e.Message}", e),
        SqliteException { SqliteErrorCode: raw.SQLITE_BUSY } => new StoreInUseException(path, e),
        _ => new StoreException($"'{path}' cannot be opened: {e.Message}", e),
    };

    private void Write(StoreCommit commit)
    {
        Refresh();
        _writer.Write(commit);
    }

    private void FreeSlice()
    {
        Refresh();
        if (_writer.HasGarbage)
        {
            _writer.FreeSlice();
        }
    }

    private void Refresh()
    {
        if (_stale)
        {
            _writer.Load();
            _stale = false;
        }
    }
}
