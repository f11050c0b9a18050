using Messaging.Images;
using Messaging.Storage;

namespace Messaging;

/// <summary>The store that keeps everything in the object: for tests, and the reference for other stores.</summary>
/// <remarks>Disposing ends the broker's ownership; what was committed stays, and opening the same object again finds it.</remarks>
public sealed class InMemoryMessageStore : IMessageStore
{
    private static int _created;

    private readonly Lock _gate = new();

    // Guarded by the gate.
    private readonly StoreImage _image;
    private State _state = State.Closed;

    private enum State
    {
        Closed,
        Open,
        Disposed,
    }

    /// <summary>Creates an empty store.</summary>
    public InMemoryMessageStore() => _image = new StoreImage((uint)Interlocked.Increment(ref _created));

    /// <inheritdoc/>
    public StoreFeatures Features { get; } = new() { MaxDurability = Durability.Memory, SurvivesReopen = true };

    /// <inheritdoc/>
    public ValueTask<StoreContents> OpenAsync(CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        lock (_gate)
        {
            if (_state == State.Open)
            {
                throw new StoreInUseException("in memory");
            }

            _state = State.Open;
            return ValueTask.FromResult(_image.Open());
        }
    }

    /// <inheritdoc/>
    public ValueTask CommitAsync(StoreCommit commit, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(commit);
        cancellationToken.ThrowIfCancellationRequested();
        lock (_gate)
        {
            VerifyOpen();
            _image.Apply(commit);
        }

        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask ReadAsync(StoreRange range, List<StoreRecord> output, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(output);
        ArgumentOutOfRangeException.ThrowIfLessThan(range.MaxRecords, 1, nameof(range));
        cancellationToken.ThrowIfCancellationRequested();
        lock (_gate)
        {
            VerifyOpen();
            _image.Read(range, output);
        }

        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask ReadScheduledAsync(
        long dueTicks, int maxRecords, List<ScheduledRecord> output, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(output);
        cancellationToken.ThrowIfCancellationRequested();
        lock (_gate)
        {
            VerifyOpen();
            _image.ReadScheduled(dueTicks, maxRecords, output);
        }

        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask MaintainAsync(bool idle, CancellationToken cancellationToken = default)
    {
        lock (_gate)
        {
            VerifyOpen();
        }

        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask BackupAsync(string path, CancellationToken cancellationToken = default) =>
        throw new NotSupportedException("This store keeps everything in memory and cannot be copied to a file.");

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        lock (_gate)
        {
            _state = State.Disposed;
        }

        return ValueTask.CompletedTask;
    }

    private void VerifyOpen()
    {
        ObjectDisposedException.ThrowIf(_state == State.Disposed, this);
        if (_state == State.Closed)
        {
            throw new InvalidOperationException("The store is not open: call OpenAsync first.");
        }
    }
}
