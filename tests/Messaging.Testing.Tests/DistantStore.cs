using Messaging.Storage;

namespace Messaging.Testing.Tests;

/// <summary>A store whose calls end on threads of the pool, as those of a store behind a driver do.</summary>
internal sealed class DistantStore(IMessageStore inner) : IMessageStore
{
    public StoreFeatures Features => inner.Features;

    public async ValueTask<StoreContents> OpenAsync(CancellationToken cancellationToken = default)
    {
        await LeaveAsync().ConfigureAwait(false);
        return await inner.OpenAsync(cancellationToken);
    }

    public async ValueTask CommitAsync(StoreCommit commit, CancellationToken cancellationToken = default)
    {
        await LeaveAsync().ConfigureAwait(false);
        await inner.CommitAsync(commit, cancellationToken);
    }

    public async ValueTask ReadAsync(StoreRange range, List<StoreRecord> output, CancellationToken cancellationToken = default)
    {
        await LeaveAsync().ConfigureAwait(false);
        await inner.ReadAsync(range, output, cancellationToken);
    }

    public async ValueTask ReadScheduledAsync(long dueTicks, int maxRecords, List<ScheduledRecord> output, CancellationToken cancellationToken = default)
    {
        await LeaveAsync().ConfigureAwait(false);
        await inner.ReadScheduledAsync(dueTicks, maxRecords, output, cancellationToken);
    }

    public async ValueTask MaintainAsync(bool idle, CancellationToken cancellationToken = default)
    {
        await LeaveAsync().ConfigureAwait(false);
        await inner.MaintainAsync(idle, cancellationToken);
    }

    public ValueTask BackupAsync(string path, CancellationToken cancellationToken = default) => inner.BackupAsync(path, cancellationToken);

    public ValueTask DisposeAsync() => inner.DisposeAsync();

    // No context is gone back to: the rest of the call runs wherever the pool has it.
    private static Task LeaveAsync() => Task.Run(() => Thread.SpinWait(5_000));
}
