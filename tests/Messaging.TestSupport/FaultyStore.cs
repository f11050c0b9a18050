using Messaging.Storage;

namespace Messaging.TestSupport;

/// <summary>The in-memory store with gates before its commits and reads, and failures on command.</summary>
public sealed class FaultyStore : IMessageStore
{
    private readonly InMemoryMessageStore _inner = new();
    private readonly Lock _gate = new();
    private TaskCompletionSource _open = NewGate(open: true);
    private TaskCompletionSource _reached = NewGate(open: false);
    private TaskCompletionSource _openForReads = NewGate(open: true);
    private TaskCompletionSource _readReached = NewGate(open: false);
    private Func<Exception>? _readFailure;
    private Func<Exception>? _failure;
    private bool _failsAfterStoring;
    private int _stillSucceed;
    private Func<Exception>? _disposalFailure;

    public StoreFeatures Features => _inner.Features;

    /// <summary>Completes when a commit stands before the closed gate.</summary>
    public Task CommitReached
    {
        get
        {
            lock (_gate)
            {
                return _reached.Task;
            }
        }
    }

    /// <summary>Completes when a read stands before the closed gate.</summary>
    public Task ReadReached
    {
        get
        {
            lock (_gate)
            {
                return _readReached.Task;
            }
        }
    }

    /// <summary>Gets or sets what is called after each commit was stored, before its caller hears of it.</summary>
    public Action? Stored { get; set; }

    public void HoldReads()
    {
        lock (_gate)
        {
            _openForReads = NewGate(open: false);
            _readReached = NewGate(open: false);
        }
    }

    public void ReleaseReads()
    {
        lock (_gate)
        {
            _openForReads.TrySetResult();
        }
    }

    /// <summary>Lets every read fail from now on.</summary>
    /// <param name="failure">Makes the failure; <see langword="null"/> for none any more.</param>
    public void FailReads(Func<Exception>? failure)
    {
        lock (_gate)
        {
            _readFailure = failure;
        }
    }

    public void HoldCommits()
    {
        lock (_gate)
        {
            _open = NewGate(open: false);
            _reached = NewGate(open: false);
        }
    }

    public void ReleaseCommits()
    {
        lock (_gate)
        {
            _open.TrySetResult();
        }
    }

    /// <summary>Lets every commit fail from now on, with or without having stored what it was given.</summary>
    /// <param name="failure">Makes the failure; <see langword="null"/> for none any more.</param>
    /// <param name="afterStoring">Whether what fails was stored all the same.</param>
    /// <param name="after">How many commits succeed before.</param>
    public void FailCommits(Func<Exception>? failure, bool afterStoring = false, int after = 0)
    {
        lock (_gate)
        {
            _stillSucceed = after;
            _failure = failure;
            _failsAfterStoring = afterStoring;
        }
    }

    /// <summary>Lets the closing of the store fail after it was closed.</summary>
    public void FailDisposal(Func<Exception> failure) => Volatile.Write(ref _disposalFailure, failure);

    public ValueTask<StoreContents> OpenAsync(CancellationToken cancellationToken = default) => _inner.OpenAsync(cancellationToken);

    public async ValueTask CommitAsync(StoreCommit commit, CancellationToken cancellationToken = default)
    {
        Task open;
        Func<Exception>? failure;
        bool afterStoring;
        lock (_gate)
        {
            open = _open.Task;
            if (!open.IsCompleted)
            {
                _reached.TrySetResult();
            }
        }

        await open;
        lock (_gate)
        {
            (failure, afterStoring) = (_stillSucceed-- > 0 ? null : _failure, _failsAfterStoring);
        }

        if (failure is null || afterStoring)
        {
            await _inner.CommitAsync(commit, cancellationToken);
            Stored?.Invoke();
        }

        if (failure is not null)
        {
            throw failure();
        }
    }

    public async ValueTask ReadAsync(StoreRange range, List<StoreRecord> output, CancellationToken cancellationToken = default)
    {
        Task open;
        lock (_gate)
        {
            open = _openForReads.Task;
            if (!open.IsCompleted)
            {
                _readReached.TrySetResult();
            }
        }

        await open;
        lock (_gate)
        {
            if (_readFailure is not null)
            {
                throw _readFailure();
            }
        }

        await _inner.ReadAsync(range, output, cancellationToken);
    }

    public ValueTask ReadScheduledAsync(long dueTicks, int maxRecords, List<ScheduledRecord> output, CancellationToken cancellationToken = default) =>
        _inner.ReadScheduledAsync(dueTicks, maxRecords, output, cancellationToken);

    public ValueTask MaintainAsync(bool idle, CancellationToken cancellationToken = default) => _inner.MaintainAsync(idle, cancellationToken);

    public ValueTask BackupAsync(string path, CancellationToken cancellationToken = default) => _inner.BackupAsync(path, cancellationToken);

    public async ValueTask DisposeAsync()
    {
        await _inner.DisposeAsync();
        if (Volatile.Read(ref _disposalFailure) is { } failure)
        {
            throw failure();
        }
    }

    private static TaskCompletionSource NewGate(bool open)
    {
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        if (open)
        {
            gate.SetResult();
        }

        return gate;
    }
}
