using Messaging.Storage;

namespace Messaging.Crash.Tests.Corruption;

/// <summary>A store that keeps what its opening told of damage, and can be kept from copying its log into its file.</summary>
internal sealed class WatchedStore(IMessageStore inner, bool maintains = true) : IMessageStore
{
    public StoreFeatures Features => inner.Features;

    /// <summary>Gets the damage that was passed over at the opening.</summary>
    public IReadOnlyList<StoreDamage> Damage { get; private set; } = [];

    public async ValueTask<StoreContents> OpenAsync(CancellationToken cancellationToken = default)
    {
        StoreContents contents = await inner.OpenAsync(cancellationToken);
        Damage = contents.Damage;
        return contents;
    }

    public ValueTask CommitAsync(StoreCommit commit, CancellationToken cancellationToken = default) => inner.CommitAsync(commit, cancellationToken);

    public ValueTask ReadAsync(StoreRange range, List<StoreRecord> output, CancellationToken cancellationToken = default) =>
        inner.ReadAsync(range, output, cancellationToken);

    public ValueTask ReadScheduledAsync(long dueTicks, int maxRecords, List<ScheduledRecord> output, CancellationToken cancellationToken = default) =>
        inner.ReadScheduledAsync(dueTicks, maxRecords, output, cancellationToken);

    public ValueTask MaintainAsync(bool idle, CancellationToken cancellationToken = default) =>
        maintains ? inner.MaintainAsync(idle, cancellationToken) : ValueTask.CompletedTask;

    public ValueTask BackupAsync(string path, CancellationToken cancellationToken = default) => inner.BackupAsync(path, cancellationToken);

    public ValueTask DisposeAsync() => inner.DisposeAsync();

    public override string ToString() => inner.ToString()!;
}
