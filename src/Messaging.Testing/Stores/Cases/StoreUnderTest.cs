using Messaging.Storage;

namespace Messaging.Testing.Stores.Cases;

/// <summary>The store that a case works on, and the calls that cases make of it.</summary>
internal sealed class StoreUnderTest(Func<IMessageStore> create, Func<string, IMessageStore>? createOnCopy)
{
    public IMessageStore Store { get; private set; } = create();

    public StoreFeatures Features => Store.Features;

    /// <summary>Gets what the last opening has told.</summary>
    public StoreContents Contents { get; private set; } = null!;

    /// <summary>Gets a store on the same place that is not open.</summary>
    public IMessageStore Another() => create();

    /// <summary>Gets a store on a copy that is not open; <see langword="null"/> when copies are not to be looked into.</summary>
    public IMessageStore? Copy(string path) => createOnCopy?.Invoke(path);

    public async Task<StoreContents> OpenAsync() => Contents = await Store.OpenAsync().ConfigureAwait(false);

    /// <summary>Closes the store and opens another one on the same place.</summary>
    public async Task<StoreContents> ReopenAsync()
    {
        await Store.DisposeAsync().ConfigureAwait(false);
        Store = create();
        return await OpenAsync().ConfigureAwait(false);
    }

    /// <summary>Closes the store.</summary>
    /// <param name="passed">Whether it has passed its case. If not, what goes wrong now would only hide what went wrong before.</param>
    public async Task CloseAsync(bool passed)
    {
        try
        {
            await Store.DisposeAsync().ConfigureAwait(false);
        }
        catch (Exception) when (!passed)
        {
            // See above.
        }
    }

    public async Task CommitAsync(Action<StoreCommit> fill)
    {
        var commit = new StoreCommit { Durability = Features.MaxDurability };
        fill(commit);
        await Store.CommitAsync(commit).ConfigureAwait(false);
    }

    public Task AppendAsync(int log, long first, int count, int bytes = Given.Bytes) =>
        CommitAsync(commit => commit.Appends.AddRange(Given.Records(log, first, count, bytes)));

    public async Task<List<StoreRecord>> ReadAsync(int log, long first, int maxRecords = 1_000_000, int maxBytes = int.MaxValue)
    {
        var output = new List<StoreRecord>();
        await Store.ReadAsync(new StoreRange(log, first, maxRecords, maxBytes), output).ConfigureAwait(false);
        return output;
    }

    public async Task<List<long>> ReadNumbersAsync(int log, long first, int maxRecords = 1_000_000, int maxBytes = int.MaxValue) =>
        (await ReadAsync(log, first, maxRecords, maxBytes).ConfigureAwait(false)).ConvertAll(record => record.Sequence);

    /// <summary>Expects that a read gives these sequence numbers.</summary>
    public async Task ExpectNumbersAsync(IEnumerable<long> expected, int log, long first, int maxRecords = 1_000_000, int maxBytes = int.MaxValue) =>
        Expect.SameSequence(
            expected, await ReadNumbersAsync(log, first, maxRecords, maxBytes).ConfigureAwait(false), $"the records read of log {log} from {first} on");

    public async Task<List<ScheduledRecord>> ReadScheduledAsync(long dueTicks, int maxRecords = 1_000)
    {
        var output = new List<ScheduledRecord>();
        await Store.ReadScheduledAsync(dueTicks, maxRecords, output).ConfigureAwait(false);
        return output;
    }

    /// <summary>Gives the store all the time for upkeep that it could want.</summary>
    public async Task MaintainAsync()
    {
        for (int i = 0; i < 10; i++)
        {
            await Store.MaintainAsync(idle: true).ConfigureAwait(false);
        }
    }
}
