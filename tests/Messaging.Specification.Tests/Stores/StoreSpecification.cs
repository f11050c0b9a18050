using System.Text;
using Messaging.Storage;

namespace Messaging.Specification.Tests.Stores;

/// <summary>What every store must do, sentence by sentence of <see cref="IMessageStore"/>.</summary>
public abstract partial class StoreSpecification : IAsyncLifetime
{
    private protected IMessageStore Store { get; private set; } = null!;

    private protected StoreContents Contents { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        Store = CreateStore();
        Contents = await Store.OpenAsync();
    }

    public virtual async ValueTask DisposeAsync()
    {
        await Store.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    /// <summary>Gets a store that finds what the one before it committed.</summary>
    private protected abstract IMessageStore CreateStore();

    private protected async Task<StoreContents> ReopenAsync()
    {
        await Store.DisposeAsync();
        Store = CreateStore();
        return Contents = await Store.OpenAsync();
    }

    private protected Task CommitAsync(Action<StoreCommit> fill)
    {
        var commit = new StoreCommit { Durability = Store.Features.MaxDurability };
        fill(commit);
        return Store.CommitAsync(commit).AsTask();
    }

    private protected Task AppendAsync(int log, long first, int count, int bytes = 10) =>
        CommitAsync(commit => commit.Appends.AddRange(Records(log, first, count, bytes)));

    private protected async Task<List<StoreRecord>> ReadAsync(int log, long first, int maxRecords = 1_000_000, int maxBytes = int.MaxValue)
    {
        var output = new List<StoreRecord>();
        await Store.ReadAsync(new StoreRange(log, first, maxRecords, maxBytes), output);
        return output;
    }

    private protected async Task<List<long>> ReadNumbersAsync(int log, long first, int maxRecords = 1_000_000, int maxBytes = int.MaxValue) =>
        (await ReadAsync(log, first, maxRecords, maxBytes)).ConvertAll(record => record.Sequence);

    private protected async Task<List<ScheduledRecord>> ReadScheduledAsync(long dueTicks, int maxRecords = 1_000)
    {
        var output = new List<ScheduledRecord>();
        await Store.ReadScheduledAsync(dueTicks, maxRecords, output);
        return output;
    }

    private protected static IEnumerable<StoreAppend> Records(int log, long first, int count, int bytes = 10) =>
        Enumerable.Range(0, count).Select(i => new StoreAppend(log, first + i, Payload(log, first + i, bytes)));

    /// <summary>Gets bytes that say whose they are, so that a record in a wrong place is seen.</summary>
    private protected static byte[] Payload(int log, long sequence, int bytes = 10)
    {
        byte[] payload = new byte[bytes];
        new Random(HashCode.Combine(log, sequence)).NextBytes(payload);
        return payload;
    }

    private protected static bool IsOf(int log, StoreRecord record, int bytes) => record.Payload.Span.SequenceEqual(Payload(log, record.Sequence, bytes));

    private protected static IEnumerable<long> Numbers(long first, long last) =>
        Enumerable.Range(0, (int)(last - first + 1)).Select(i => first + i);

    private protected static byte[] Text(string text) => Encoding.UTF8.GetBytes(text);

    private protected static string Text(ReadOnlyMemory<byte> bytes) => Encoding.UTF8.GetString(bytes.Span);

    private protected static MessageId Id(ulong number) => new(number, ~number);
}
