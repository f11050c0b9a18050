using Messaging.Sqlite.Files;
using Messaging.Sqlite.Opening;
using Messaging.Sqlite.Paths;
using Messaging.Sqlite.Reading;
using Messaging.Sqlite.Sessions;
using Messaging.Storage;
using Microsoft.Data.Sqlite;

namespace Messaging.Sqlite;

/// <summary>A store in one SQLite file: a global log of record batches, and the cursors over it in few rows.</summary>
/// <remarks>
/// <para>The file is created when it is not there, readable and writable for its owner only. While it is open, SQLite keeps
/// <c>-wal</c> and <c>-shm</c> files beside it, which belong to it: copy an open store with <see cref="BackupAsync"/> only. A <c>-lock</c> file stays
/// beside it; the lock on it, not its being there, marks the store as open. A missing file beside its lock file is refused: delete both to begin anew.</para>
/// <para>A file that is moved, deleted or replaced while it is open stops the store at the next commit or read, and so does another broker that
/// opened it after its lock file was deleted. Nothing of that commit is stored (<see cref="StoreException.MustReopen"/>).</para>
/// <para>What is not the store's own is refused, and left as it is: a file whose tables are not those of its version, with a trigger for instance,
/// or with the statistics of ANALYZE; a write-ahead log of another file or time; a rollback journal; a link, a pipe or a directory where a file
/// belongs; a file with a second name (hard link). On other systems than Linux a pipe and a second name are not seen. Another program may
/// read an open store; one that runs a checkpoint on it can leave a write-ahead log that is refused after a crash. After a crash open the store with
/// a broker first: another program deletes the log when it closes the file, and the store is refused without it.</para>
/// <para>A commit of <see cref="Durability.Power"/> has reached the disk when its task completes; one of
/// <see cref="Durability.Process"/> has been handed to the operating system.</para>
/// <para>All calls but <see cref="BackupAsync"/> complete before they return. A store object is opened once; open the file again with a new one.</para>
/// </remarks>
public sealed class SqliteMessageStore : IMessageStore
{
    private readonly string _path;
    private readonly SqliteStoreOptions _options;
    private readonly WriterTurns _turns = new();
    private StoreSession? _session;
    private bool _disposed;

    /// <summary>Names the file; nothing is opened yet.</summary>
    /// <param name="path">The plain path of the file. Its directory must exist.</param>
    /// <param name="options">The options; <see langword="null"/> means the defaults.</param>
    /// <exception cref="ArgumentException">It is empty, a connection string, a URI, or <c>:memory:</c>.</exception>
    public SqliteMessageStore(string path, SqliteStoreOptions? options = null)
    {
        StorePath.Verify(path, nameof(path), "new SqliteMessageStore(\"{0}\") or MessageBroker.OpenAsync(\"{0}\")");
        _path = path;
        _options = options ?? new SqliteStoreOptions();
        Features = new StoreFeatures
        {
            MaxDurability = Durability.Power,
            SurvivesReopen = true,
            SupportsBackup = true,
            SkipsDamaged = _options.SkipDamaged,
        };
    }

    /// <inheritdoc/>
    public StoreFeatures Features { get; }

    /// <inheritdoc/>
    public ValueTask<StoreContents> OpenAsync(CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        lock (_turns.Lock)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            string path = StoreLocation.Resolve(_path);
            _session = _session is null ? StoreOpening.Open(path, _options) : throw new StoreInUseException(path);
            return ValueTask.FromResult(_session.Contents);
        }
    }

    /// <inheritdoc/>
    public ValueTask CommitAsync(StoreCommit commit, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(commit);
        cancellationToken.ThrowIfCancellationRequested();
        using (_turns.EnterCommit())
        {
            StoreSession session = Session();
            if (!commit.IsEmpty)
            {
                session.Commits.Commit(commit);
            }
        }

        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask ReadAsync(StoreRange range, List<StoreRecord> output, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(output);
        ArgumentOutOfRangeException.ThrowIfLessThan(range.MaxRecords, 1, nameof(range));
        Read(reader => reader.Read(range, output, cancellationToken), cancellationToken);
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask ReadScheduledAsync(
        long dueTicks, int maxRecords, List<ScheduledRecord> output, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(output);
        Read(reader => reader.Scheduled.Read(dueTicks, maxRecords, output), cancellationToken);
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask MaintainAsync(bool idle, CancellationToken cancellationToken = default)
    {
        lock (_turns.Lock)
        {
            Session().Commits.Maintain(idle, cancellationToken);
        }

        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public async ValueTask BackupAsync(string path, CancellationToken cancellationToken = default)
    {
        StorePath.Verify(path, nameof(path), "BackupAsync(\"{0}\")");
        cancellationToken.ThrowIfCancellationRequested();

        // The other calls are done when they return; this one takes as long as the file is large, and keeps nobody's thread.
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        using var target = new BackupTarget(path, _options.AllowSharedDirectory);
        StoreBackup backup;
        lock (_turns.Lock)
        {
            backup = Session().BeginBackup(target.Unfinished);
        }

        try
        {
            for (bool isComplete = false; !isComplete;)
            {
                cancellationToken.ThrowIfCancellationRequested();
                long before;
                using (_turns.EnterStep(out before))
                {
                    Session();
                    isComplete = backup.Step();
                }

                _turns.LetCommitGo(before);
            }
        }
        catch (Exception e) when (e is SqliteException or IOException)
        {
            throw new StoreException($"'{_path}' cannot be copied to '{path}': {e.Message} Nothing is left of the copy.", e);
        }
        finally
        {
            lock (_turns.Lock)
            {
                backup.Dispose();
            }
        }

        target.Complete();
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        StoreSession? session;
        lock (_turns.Lock)
        {
            _disposed = true;
            session = _session;
            _session = null;
            session?.EndBackup();
        }

        // No commit is running: it would hold the lock. Closing waits for readers, so it does so without it.
        session?.Dispose();

        return ValueTask.CompletedTask;
    }

    /// <summary>Returns the path, by which messages name the store.</summary>
    public override string ToString() => _path;

    private StoreSession Session()
    {
        StoreSession? session = _session;
        ObjectDisposedException.ThrowIf(_disposed, this);
        return session ?? throw new InvalidOperationException("The store is not open: call OpenAsync first.");
    }

    private void Read(Action<BacklogReader> read, CancellationToken cancellationToken)
    {
        ReaderPool readers = Session().Readers;
        try
        {
            BacklogReader reader = readers.Rent(cancellationToken);
            try
            {
                read(reader);
            }
            finally
            {
                readers.Return(reader);
            }
        }
        catch (SqliteException e)
        {
            throw new StoreException($"'{_path}' cannot be read: {e.Message}", e);
        }
    }
}
