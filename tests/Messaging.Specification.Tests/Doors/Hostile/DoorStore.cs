using Messaging.Storage;

namespace Messaging.Specification.Tests.Doors.Hostile;

/// <summary>The in-memory store, which does what a test wants before each call.</summary>
internal sealed class DoorStore : IMessageStore
{
    private readonly InMemoryMessageStore _inner = new();

    /// <summary>Gets or sets what happens before a commit.</summary>
    public Action? Committing { get; set; }

    /// <summary>Gets or sets what happens before a read.</summary>
    public Action? Reading { get; set; }

    /// <summary>Gets or sets what happens when it is maintained.</summary>
    public Action? Maintaining { get; set; }

    /// <summary>Gets or sets what is made of what it holds when it is opened.</summary>
    public Func<StoreContents, StoreContents> Opening { get; set; } = static contents => contents;

    /// <summary>Gets the number of times that it was closed.</summary>
    public int Closed { get; private set; }

    public StoreFeatures Features => _inner.Features;

    public async ValueTask<StoreContents> OpenAsync(CancellationToken cancellationToken = default) => Opening(await _inner.OpenAsync(cancellationToken));

    public ValueTask CommitAsync(StoreCommit commit, CancellationToken cancellationToken = default)
    {
        Committing?.Invoke();
        return _inner.CommitAsync(commit, cancellationToken);
    }

    public ValueTask ReadAsync(StoreRange range, List<StoreRecord> output, CancellationToken cancellationToken = default)
    {
        Reading?.Invoke();
        return _inner.ReadAsync(range, output, cancellationToken);
    }

    public ValueTask ReadScheduledAsync(long dueTicks, int maxRecords, List<ScheduledRecord> output, CancellationToken cancellationToken = default) =>
        _inner.ReadScheduledAsync(dueTicks, maxRecords, output, cancellationToken);

    public ValueTask MaintainAsync(bool idle, CancellationToken cancellationToken = default)
    {
        Maintaining?.Invoke();
        return _inner.MaintainAsync(idle, cancellationToken);
    }

    public ValueTask BackupAsync(string path, CancellationToken cancellationToken = default) => _inner.BackupAsync(path, cancellationToken);

    public ValueTask DisposeAsync()
    {
        Closed++;
        return _inner.DisposeAsync();
    }
}
