using Messaging.Sqlite.Connections;
using Messaging.Sqlite.Diagnostics;
using Messaging.Sqlite.Files;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Messaging.Sqlite.Sessions;

/// <summary>The transactions of the writing connection, and what their failures mean.</summary>
internal sealed class StoreTransaction
{
    // A sync that failed: the operating system may have dropped what it could not write, and says so only once.
    private const int FsyncFailed = raw.SQLITE_IOERR | (4 << 8);
    private const int DirectoryFsyncFailed = raw.SQLITE_IOERR | (5 << 8);

    private readonly string _path;
    private readonly Database _database;
    private readonly Fence? _fence;
    private readonly Statement _begin;
    private readonly Statement _commit;
    private bool? _synced;

    /// <param name="path">The store's file.</param>
    /// <param name="database">The writer's connection.</param>
    /// <param name="fence">Is asked in each transaction whether the file is still the session's; <see langword="null"/> for a file that nobody else knows.</param>
    public StoreTransaction(string path, Database database, Fence? fence = null)
    {
        _path = path;
        _database = database;
        _fence = fence;
        _begin = database.Prepare("BEGIN IMMEDIATE");
        _commit = database.Prepare("COMMIT");
    }

    /// <summary>Gets the failure after which nothing can be promised until the store is opened again.</summary>
    public Exception? Fatal { get; private set; }

    /// <summary>Runs the work in a transaction of its own.</summary>
    /// <param name="powerSafe">Whether the commit must survive a power cut.</param>
    /// <param name="work">What to do.</param>
    /// <param name="argument">What it gets.</param>
    /// <param name="rolledBack">Is called when the work was undone.</param>
    /// <exception cref="StoreOutcomeUnknownException">The commit may or may not be there after reopening.</exception>
    /// <exception cref="StoreException">Nothing was stored.</exception>
    public void Run<T>(bool powerSafe, Action<T> work, T argument, Action rolledBack)
    {
        if (Fatal is not null)
        {
            throw Stopped();
        }

        try
        {
            Synchronize(powerSafe);
            _begin.Run();
            CrashPoint.Reached(CrashPoint.TransactionBegun);
            Heed(_fence?.FindOtherOwner());
            work(argument);
            Heed(_fence?.FindMove());
        }
        catch (Exception e)
        {
            RollBack(rolledBack);
            if (e is SqliteException { SqliteExtendedErrorCode: FsyncFailed or DirectoryFsyncFailed })
            {
                Fail(e);
                throw Stopped();
            }

            if (e is SqliteException or InvalidDataException)
            {
                throw new StoreException($"'{_path}' refused a commit, and nothing of it was stored: {e.Message}", e);
            }

            throw;
        }

        Commit(rolledBack);
    }

    /// <summary>Makes sure, between two transactions, that the file is still the session's and at its place.</summary>
    /// <exception cref="StoreException">It is not, or the store has failed.</exception>
    public void Verify()
    {
        if (Fatal is null)
        {
            Heed(_fence?.FindMove() ?? _fence?.FindOtherOwner());
        }
        else
        {
            throw Stopped();
        }
    }

    /// <summary>Gets what a call is told that comes after the failure.</summary>
    public StoreException Stopped() =>
        new($"'{_path}' failed ({Fatal?.Message}) and must be opened again; until then it takes nothing more. Nothing of this was stored.", Fatal)
        {
            MustReopen = true,
        };

    /// <summary>Stops all later commits.</summary>
    public void Fail(Exception cause)
    {
        Fatal ??= cause;

        // What is in doubt stays in the log, for the next opening to judge.
        _database.KeepLogAtClose();
    }

    private void Heed(string? trouble)
    {
        if (trouble is not null)
        {
            Fail(new StoreException(trouble));
            throw Stopped();
        }
    }

    private void Commit(Action rolledBack)
    {
        try
        {
            CrashPoint.Reached(CrashPoint.CommitBegins);
            _commit.Run();
            CrashPoint.Reached(CrashPoint.CommitDone);
        }
        catch (SqliteException e) when (e.SqliteErrorCode == raw.SQLITE_FULL)
        {
            // The disk was full while pages were written to the log; the one that makes them count is the last, and was not.
            RollBack(rolledBack);
            throw new StoreException($"'{_path}' has no room for a commit, and nothing of it was stored: {e.Message}", e);
        }
        catch (SqliteException e)
        {
            Fail(e);
            throw new StoreOutcomeUnknownException(
                $"'{_path}' failed during a commit, which may or may not be there when the store is opened again: {e.Message} "
                + "Open it again, and repeat what was sent with the same message ids.", e);
        }
    }

    private void RollBack(Action rolledBack)
    {
        try
        {
            if (_database.InTransaction)
            {
                _database.Execute("ROLLBACK");
            }

            rolledBack();
        }
        catch (SqliteException e)
        {
            Fail(e);
        }
    }

    private void Synchronize(bool powerSafe)
    {
        if (_synced != powerSafe)
        {
            // Not prepared beforehand: this pragma takes effect when it is prepared.
            _synced = null;
            _database.Execute(
                SeededBugs.Is(SeededBugs.DropFsync) ? "PRAGMA synchronous=OFF"
                : powerSafe ? "PRAGMA synchronous=FULL" : "PRAGMA synchronous=NORMAL");
            _synced = powerSafe;
        }
    }
}
