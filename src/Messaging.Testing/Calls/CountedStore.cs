using Messaging.Diagnostics;
using Messaging.Storage;
using Messaging.Testing.Following;

namespace Messaging.Testing.Calls;

/// <summary>A store whose calls count as runnable work while they are under way, since a store may work on other threads.</summary>
internal sealed class CountedStore(IMessageStore inner, WorkCount count) : IMessageStore
{
    public StoreFeatures Features => inner.Features;

    public ValueTask<StoreContents> OpenAsync(CancellationToken cancellationToken = default) => CountAsync(inner.OpenAsync(cancellationToken));

    public ValueTask CommitAsync(StoreCommit commit, CancellationToken cancellationToken = default) =>
        CountAsync(inner.CommitAsync(commit, cancellationToken));

    public ValueTask ReadAsync(StoreRange range, List<StoreRecord> output, CancellationToken cancellationToken = default) =>
        CountAsync(inner.ReadAsync(range, output, cancellationToken));

    public ValueTask ReadScheduledAsync(
        long dueTicks, int maxRecords, List<ScheduledRecord> output, CancellationToken cancellationToken = default) =>
        CountAsync(inner.ReadScheduledAsync(dueTicks, maxRecords, output, cancellationToken));

    public ValueTask MaintainAsync(bool idle, CancellationToken cancellationToken = default) => CountAsync(inner.MaintainAsync(idle, cancellationToken));

    public ValueTask BackupAsync(string path, CancellationToken cancellationToken = default) => CountAsync(inner.BackupAsync(path, cancellationToken));

    public ValueTask DisposeAsync() => CountAsync(inner.DisposeAsync());

    public override string ToString() => inner.ToString()!;

    private async ValueTask CountAsync(ValueTask call)
    {
        if (call.IsCompleted)
        {
            await call.ConfigureAwait(WorkContext.IsCurrent);
            return;
        }

        count.Begin();
        try
        {
            await call.ConfigureAwait(WorkContext.IsCurrent);
        }
        finally
        {
            count.End();
        }
    }

    private async ValueTask<T> CountAsync<T>(ValueTask<T> call)
    {
        if (call.IsCompleted)
        {
            return await call.ConfigureAwait(WorkContext.IsCurrent);
        }

        count.Begin();
        try
        {
            return await call.ConfigureAwait(WorkContext.IsCurrent);
        }
        finally
        {
            count.End();
        }
    }
}
