using Messaging.Sqlite.Files;
using Messaging.Sqlite.Reading;
using Messaging.Sqlite.Sessions;
using Messaging.Storage;
using Microsoft.Data.Sqlite;

namespace Messaging.Sqlite;

/// <summary>A store in one SQLite file: a global log of record batches, and the cursors over it in few rows.</summary>
/// <remarks>
/// <para>The file is created when it is not there, readable and writable for its owner only. While it is open, SQLite keeps
/// <c>-wal</c> and <c>-shm</c> files beside it, which belong to it: copy the file only when it is closed. An empty <c>-lock</c> file stays
/// beside it; the lock on it, not its being there, marks the store as open.</para>
/// <para>A commit of <see cref="Durability.Power"/> has reached the disk when its task completes; one of
/// <see cref="Durability.Process"/> has been handed to the operating system.</para>
/// <para>All calls complete before they return. A store object is opened once; open the file again with a new one.</para>
/// </remarks>
public sealed class SqliteMessageStore : IMessageStore
{
    private readonly string _path;
    private readonly SqliteStoreOptions _options;
    private readonly Lock _writing = new();
    private StoreSession? _session;
    private bool _disposed;

    /// <summary>Names the file; nothing is opened yet.</summary>
    /// <param name="path">The file. Its directory must exist.</param>
    /// <param name="options">The options; <see langword="null"/> means the defaults.</param>
    public SqliteMessageStore(string path, SqliteStoreOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(path);
        _path = path;
        _options = options ?? new SqliteStoreOptions();
    }

    /// <inheritdoc/>
    public StoreFeatures Features { get; } = new() { MaxDurability = Durability.Power, SurvivesReopen = true };

    /// <inheritdoc/>
    public ValueTask<StoreContents> OpenAsync(CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        lock (_writing)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            string path = StoreLocation.Resolve(_path);
            _session = _session is null ? StoreSession.Open(path, _options) : throw new StoreInUseException(path);
            return ValueTask.FromResult(_session.Contents);
        }
    }

    /// <inheritdoc/>
    public ValueTask CommitAsync(StoreCommit commit, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(commit);
        cancellationToken.ThrowIfCancellationRequested();
        lock (_writing)
        {
            StoreSession session = Session();
            if (!commit.IsEmpty)
            {
                session.Commit(commit);
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
        Read(reader => reader.ReadScheduled(dueTicks, maxRecords, output), cancellationToken);
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask MaintainAsync(bool idle, CancellationToken cancellationToken = default)
    {
        lock (_writing)
        {
            Session().Maintain(idle, cancellationToken);
        }

        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        StoreSession? session;
        lock (_writing)
        {
            _disposed = true;
            session = _session;
            _session = null;
        }

        // No commit is running: it would hold the lock. Closing waits for readers, so it does so without it.
        session?.Dispose();

        return ValueTask.CompletedTask;
    }

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
        catch (Exception e) when (e is SqliteException or InvalidDataException)
        {
            throw new StoreException($"'{_path}' cannot be read: {e.Message}", e);
        }
    }
}
