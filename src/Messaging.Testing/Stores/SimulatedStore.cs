using Messaging.Storage;

namespace Messaging.Testing.Stores;

/// <summary>A store on a <see cref="SimulatedDisk"/>, for one opening.</summary>
/// <remarks>All calls complete before they return. After a crash or a power cut it fails at every call: a commit with
/// <see cref="StoreOutcomeUnknownException"/>, anything else with a <see cref="StoreException"/> that says <see cref="StoreException.MustReopen"/>;
/// disposing it then changes nothing.</remarks>
public sealed class SimulatedStore : IMessageStore, ITearableStore
{
    private static readonly StoreFeatures _features = new() { MaxDurability = Durability.Power, SurvivesReopen = true };

    private readonly SimulatedDisk _disk;

    internal SimulatedStore(SimulatedDisk disk) => _disk = disk;

    /// <summary>Gets or sets where it is in its life; guarded by the disk.</summary>
    internal StorePhase Phase { get; set; }

    /// <inheritdoc/>
    public StoreFeatures Features => _features;

    /// <inheritdoc/>
    public ValueTask<StoreContents> OpenAsync(CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return ValueTask.FromResult(_disk.Open(this));
    }

    /// <inheritdoc/>
    public ValueTask CommitAsync(StoreCommit commit, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(commit);
        cancellationToken.ThrowIfCancellationRequested();
        _disk.Commit(this, commit);
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask ReadAsync(StoreRange range, List<StoreRecord> output, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(output);
        ArgumentOutOfRangeException.ThrowIfLessThan(range.MaxRecords, 1, nameof(range));
        cancellationToken.ThrowIfCancellationRequested();
        _disk.Read(this, range, output);
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask ReadScheduledAsync(
        long dueTicks, int maxRecords, List<ScheduledRecord> output, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(output);
        cancellationToken.ThrowIfCancellationRequested();
        _disk.ReadScheduled(this, dueTicks, maxRecords, output);
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask MaintainAsync(bool idle, CancellationToken cancellationToken = default)
    {
        _disk.Maintain(this, idle);
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask BackupAsync(string path, CancellationToken cancellationToken = default) =>
        throw new NotSupportedException("A simulated disk cannot be copied to a file.");

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        _disk.Close(this);
        return ValueTask.CompletedTask;
    }

    /// <summary>Returns the name of the disk, by which messages name the store.</summary>
    public override string ToString() => _disk.ToString();

    void ITearableStore.Tear(StoreCommit commit) => _disk.Tear(this, commit);
}
