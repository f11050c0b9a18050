using Messaging.Sqlite;
using Messaging.Storage;
using Messaging.TestSupport;
using Messaging.Testing;

namespace Messaging.Specification.Tests.Broker;

/// <summary>A broker of one configuration on virtual time, which can be closed and opened again where its store allows it.</summary>
internal sealed class BrokerHarness : IAsyncDisposable
{
    private readonly StoreKind _kind;
    private readonly BrokerOptions _options;
    private readonly InMemoryMessageStore _store = new();
    private readonly TemporaryFolder? _folder;
    private readonly MemoryFolder? _memory;
    private MessageBroker? _broker;
    private IMessageStore? _opened;

    private BrokerHarness(StoreKind kind, Func<BrokerOptions, BrokerOptions>? configure)
    {
        _kind = kind;
        _folder = kind == StoreKind.Sqlite ? new TemporaryFolder() : null;
        _memory = kind == StoreKind.JsonFile ? new MemoryFolder() : null;
        var options = new BrokerOptions { TimeProvider = Time };
        _options = configure is null ? options : configure(options);
    }

    public VirtualTime Time { get; } = new();

    public MessageBroker Broker => _broker ?? throw new InvalidOperationException("The broker is closed.");

    /// <summary>The most that the configuration's store offers.</summary>
    public Durability BestDurability => _kind switch
    {
        StoreKind.Sqlite => Durability.Power,
        StoreKind.JsonFile => Durability.Process,
        StoreKind.InMemoryStore => _store.Features.MaxDurability,
        _ => Durability.Memory,
    };

    public static async Task<BrokerHarness> StartAsync(StoreKind kind, Func<BrokerOptions, BrokerOptions>? configure = null)
    {
        var harness = new BrokerHarness(kind, configure);
        await harness.OpenAsync();
        return harness;
    }

    /// <summary>Opens a broker on what the closed one left.</summary>
    public async Task OpenAsync() =>
        _broker = _kind == StoreKind.Memory
            ? MessageBroker.InMemory(_options)
            : await MessageBroker.OpenAsync(_opened = NewStore(), _options).Soon();

    public async Task CloseAsync()
    {
        MessageBroker broker = Broker;
        _broker = null;
        await broker.DisposeAsync().Soon();
    }

    /// <summary>Stops the broker in good order and opens another one on the same store.</summary>
    public async Task ReopenAsync()
    {
        if (_kind == StoreKind.Memory)
        {
            throw new InvalidOperationException("A broker without a store cannot be opened again.");
        }

        await CloseAsync();
        await OpenAsync();
    }

    /// <summary>Ends the broker as the death of its process would, and opens another one on what was committed.</summary>
    public async Task DieAndReopenAsync()
    {
        MessageBroker broker = Broker;
        _broker = null;
        broker.Abandon(new StoreException("The process has ended.") { MustReopen = true });
        await _opened!.DisposeAsync().Soon();

        // Nothing of its stop reaches the store any more.
        await broker.DisposeAsync().Soon();
        await OpenAsync();
    }

    /// <summary>Changes what is stored by hand; the broker is closed meanwhile.</summary>
    public async Task ChangeStoreAsync(Func<StoreContents, StoreCommit> change)
    {
        await CloseAsync();
        IMessageStore store = NewStore();
        await using (store)
        {
            await store.CommitAsync(change(await store.OpenAsync()));
        }

        await OpenAsync();
    }

    /// <summary>Waits until the broker has nothing left that it could do now.</summary>
    public Task SettleAsync() => Broker.WhenIdleAsync().Soon();

    /// <summary>Moves the clock, and lets the broker do all that has become due.</summary>
    public async Task AdvanceAsync(TimeSpan by)
    {
        // First, what is under way: it may be about to set a timer by the time that it has read.
        await SettleAsync();
        Time.Advance(by);
        await SettleAsync();
    }

    /// <summary>Asserts that a consumer has nothing to receive, now that everything has come to rest.</summary>
    public async Task ShouldBeEmptyAsync<T>(IConsumer<T> consumer, string because = "")
    {
        await SettleAsync();
        bool received = consumer.TryReceive(out Delivery<T> delivery);
        received.Should().BeFalse($"nothing should be delivered {because}, but '{(received ? delivery.Body : default)}' was");
    }

    /// <summary>Receives and acknowledges all that is ready, in the order of delivery.</summary>
    public async Task<List<T>> DrainAsync<T>(ISubscription subscription)
    {
        var bodies = new List<T>();
        await using IConsumer<T> consumer = subscription.Consumer<T>();
        var acks = new List<Task<Settlement>>();
        await SettleAsync();
        while (consumer.TryReceive(out Delivery<T> delivery))
        {
            do
            {
                bodies.Add(delivery.Body);
                acks.Add(delivery.AckAsync().AsTask());
            }
            while (consumer.TryReceive(out delivery));

            await SettleAsync();
        }

        (await Task.WhenAll(acks).Soon()).Should().AllBeEquivalentTo(Settlement.Acked);
        return bodies;
    }

    /// <summary>Counts the records in all logs of the store; the broker is closed meanwhile.</summary>
    public async Task<int> CountStoredRecordsAsync()
    {
        await CloseAsync();
        int count = 0;
        IMessageStore store = NewStore();
        await using (store)
        {
            StoreContents contents = await store.OpenAsync();
            foreach (StoreEntry entry in contents.Entries.Where(e => e.Kind != StoreEntryKind.Subscription))
            {
                var records = new List<StoreRecord>();
                await store.ReadAsync(new StoreRange(entry.Id, 1, 100_000, int.MaxValue), records);
                count += records.Count;
            }
        }

        await OpenAsync();
        return count;
    }

    public async ValueTask DisposeAsync()
    {
        if (_broker is not null)
        {
            await CloseAsync();
        }

        _folder?.Dispose();
        _memory?.Dispose();
    }

    private IMessageStore NewStore() => _kind switch
    {
        StoreKind.Sqlite => new SqliteMessageStore(_folder!.File("broker.db")),
        StoreKind.JsonFile => new JsonFileStore(_memory!.File("broker.json")),
        _ => _store,
    };
}
