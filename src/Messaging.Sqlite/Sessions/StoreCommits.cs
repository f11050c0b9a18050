using Messaging.Sqlite.Batches;
using Messaging.Storage;
using Microsoft.Data.Sqlite;

namespace Messaging.Sqlite.Sessions;

/// <summary>The commits of an open store, and what is done between them: tidying, and copying the write-ahead log into the file.</summary>
internal sealed class StoreCommits
{
    private const int SlicesWhenIdle = 32;

    // As much tidying as keeps step with what is appended.
    private const int AppendedASlice = 1 << 20;

    private readonly string _path;
    private readonly StoreWriter _writer;
    private readonly StoreTransaction _transaction;
    private readonly Checkpointer _checkpointer;
    private readonly ReadHints _hints;
    private readonly Action<StoreCommit> _write;
    private readonly Action _rolledBack;

    /// <param name="path">The store's file.</param>
    /// <param name="writer">What writes a commit.</param>
    /// <param name="transaction">The transactions of the connection.</param>
    /// <param name="checkpointer">Copies the write-ahead log.</param>
    /// <param name="hints">Is told when records have moved.</param>
    public StoreCommits(string path, StoreWriter writer, StoreTransaction transaction, Checkpointer checkpointer, ReadHints hints)
    {
        _path = path;
        _writer = writer;
        _transaction = transaction;
        _checkpointer = checkpointer;
        _hints = hints;
        _write = writer.Write;
        _rolledBack = writer.NoteRollBack;
    }

    public void Commit(StoreCommit commit)
    {
        MakeRoom(commit);

        // The first commit in a log is on the disk before anything follows it: it says whose the log is.
        _transaction.Run(commit.Durability == Durability.Power || _writer.Epoch.MayBeginLog, _write, commit, _rolledBack);
        _writer.Log.Trims.Confirm();
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
                $"'{_path}' has no room for a commit, and nothing of it was stored: its write-ahead log is at its limit and cannot be emptied, "
                + "since the disk is full or another program reads the file.");
        }
    }

    private void Tidy(bool idle, CancellationToken cancellationToken)
    {
        try
        {
            int slices = (idle ? SlicesWhenIdle : 1) + (int)(_writer.Log.End.TakeAppended() / AppendedASlice);
            for (; slices > 0 && _writer.HasGarbage && !cancellationToken.IsCancellationRequested; slices--)
            {
                _transaction.Run(_writer.Epoch.MayBeginLog, writer => writer.FreeSlice(), _writer, _rolledBack);
                _hints.EndMove();
            }
        }
        catch (StoreException)
        {
            _hints.EndMove();

            // Tidying can wait; if the trouble lasts, it is the next commit that has somebody to tell.
        }
    }
}
