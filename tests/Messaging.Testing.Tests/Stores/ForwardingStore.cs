using Messaging.Storage;

namespace Messaging.Testing.Tests.Stores;

/// <summary>A store that does what another one does, but for what is overridden.</summary>
internal abstract class ForwardingStore(IMessageStore inner) : IMessageStore
{
    public virtual StoreFeatures Features => Inner.Features;

    protected IMessageStore Inner { get; } = inner;

    public virtual ValueTask<StoreContents> OpenAsync(CancellationToken cancellationToken = default) => Inner.OpenAsync(cancellationToken);

    public virtual ValueTask CommitAsync(StoreCommit commit, CancellationToken cancellationToken = default) => Inner.CommitAsync(commit, cancellationToken);

    public virtual ValueTask ReadAsync(StoreRange range, List<StoreRecord> output, CancellationToken cancellationToken = default) =>
        Inner.ReadAsync(range, output, cancellationToken);

    public virtual ValueTask ReadScheduledAsync(
        long dueTicks, int maxRecords, List<ScheduledRecord> output, CancellationToken cancellationToken = default) =>
        Inner.ReadScheduledAsync(dueTicks, maxRecords, output, cancellationToken);

    public virtual ValueTask MaintainAsync(bool idle, CancellationToken cancellationToken = default) => Inner.MaintainAsync(idle, cancellationToken);

    public virtual ValueTask BackupAsync(string path, CancellationToken cancellationToken = default) => Inner.BackupAsync(path, cancellationToken);

    public virtual ValueTask DisposeAsync() => Inner.DisposeAsync();
}
