using Messaging.Specification.Tests.Broker;
using Messaging.Storage;
using Messaging.Testing;

namespace Messaging.Specification.Tests.Doors.Hostile;

/// <summary>A broker on a store of the test's own, on virtual time, whose closing is bounded: what it does not survive must not hang the test.</summary>
internal sealed class StoredBroker : IAsyncDisposable
{
    private StoredBroker(MessageBroker broker, VirtualTime time)
    {
        Broker = broker;
        Time = time;
    }

    public MessageBroker Broker { get; }

    public VirtualTime Time { get; }

    public static async Task<StoredBroker> OpenAsync(IMessageStore store, BrokerOptions? options = null)
    {
        var time = new VirtualTime();
        return new StoredBroker(await MessageBroker.OpenAsync(store, (options ?? new BrokerOptions()) with { TimeProvider = time }).Soon(), time);
    }

    /// <summary>Demands that the rest of the broker goes on.</summary>
    public Task ShouldGoOnAsync() => Neighbours.ShouldGoOnAsync(Broker, Time);

    public async ValueTask DisposeAsync() => await Broker.DisposeAsync().Soon();
}
