using Messaging.Storage;

namespace Messaging.Engine.Tests.Subscriptions;

/// <summary>A store that gives two records for each read, at once.</summary>
internal sealed class TwoRecordStore : IMessageStore
{
    // Flags, epoch and time of sending.
    private readonly byte[] _record = new byte[13];

    public StoreFeatures Features { get; } = new() { MaxDurability = Durability.Memory, SurvivesReopen = false };

    /// <summary>Gets where each read began.</summary>
    public List<long> Reads { get; } = [];

    public ValueTask<StoreContents> OpenAsync(CancellationToken cancellationToken) => throw new NotSupportedException();

    public ValueTask CommitAsync(StoreCommit commit, CancellationToken cancellationToken) => throw new NotSupportedException();

    public ValueTask ReadAsync(StoreRange range, List<StoreRecord> output, CancellationToken cancellationToken)
    {
        Reads.Add(range.First);
        output.Add(new StoreRecord(range.First, _record));
        output.Add(new StoreRecord(range.First + 1, _record));
        return ValueTask.CompletedTask;
    }

    public ValueTask ReadScheduledAsync(long dueTicks, int maxRecords, List<ScheduledRecord> output, CancellationToken cancellationToken) =>
        throw new NotSupportedException();

    public ValueTask MaintainAsync(bool idle, CancellationToken cancellationToken) => throw new NotSupportedException();

    public ValueTask BackupAsync(string path, CancellationToken cancellationToken) => throw new NotSupportedException();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
