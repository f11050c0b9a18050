using Messaging.Specification.Tests.Broker;
using Messaging.Specification.Tests.Doors.Hostile;
using Messaging.Storage;
using Messaging.Testing;

namespace Messaging.Specification.Tests.Doors;

/// <summary>The door to a store of the user's. It may fail its own messages and hold its own commits; what lives in memory, timers and handlers go on.</summary>
public sealed class StoreDoorTests
{
    [Fact]
    public async Task Commit_ThrowingWhatNoStoreMay_StopsWhatItStoresAndNothingElse()
    {
        var store = new DoorStore();
        await using StoredBroker opened = await StoredBroker.OpenAsync(store);
        MessageBroker broker = opened.Broker;
        VirtualTime time = opened.Time;
        IQueue stored = broker.Queue("stored");
        IQueue memory = broker.Queue("memory", new QueueOptions { Durability = Durability.Memory });
        IConsumer<int> consumer = memory.Consumer<int>();
        await stored.Producer<int>().SendAsync(0).Soon();
        store.Committing = static () => throw new InvalidOperationException("the store's own fault");

        await FluentActions.Awaiting(() => stored.Producer<int>().SendAsync(1).Soon()).Should().ThrowAsync<StoreException>();

        await FluentActions.Awaiting(() => stored.Producer<int>().SendAsync(2).Soon()).Should().ThrowAsync<StoreException>("nothing is confirmed after an unknown outcome");
        await memory.Producer<int>().SendAsync(3).Soon();
        await consumer.NextAsync();
        await Neighbours.AdvanceAsync(time, TimeSpan.FromMinutes(1));
        Delivery<int> again = await consumer.NextAsync();
        again.Failures.Should().Be(1, "leases end on time");
        (await again.AckAsync().Soon()).Should().Be(Settlement.Acked, "what lives in memory needs no store");
    }

    [Fact]
    public async Task Read_Throwing_IsTriedAgain()
    {
        var store = new DoorStore();
        await using (StoredBroker first = await StoredBroker.OpenAsync(store))
        {
            await first.Broker.Queue("orders").Producer<int>().SendAsync(1).Soon();
        }

        int left = 2;
        store.Reading = () => _ = Interlocked.Decrement(ref left) >= 0 ? throw new InvalidOperationException("the store's own fault") : 0;
        await using StoredBroker opened = await StoredBroker.OpenAsync(store);
        MessageBroker broker = opened.Broker;
        VirtualTime time = opened.Time;
        IConsumer<int> consumer = broker.Queue("orders").Consumer<int>();
        Task<Delivery<int>> receiving = consumer.ReceiveAsync().AsTask();
        while (!receiving.IsCompleted)
        {
            await broker.WhenIdleAsync().Soon();
            await Neighbours.AdvanceAsync(time, TimeSpan.FromSeconds(1));
        }

        (await receiving.Soon()).Body.Should().Be(1);
        await Neighbours.ShouldGoOnAsync(broker, time);
    }

    [Fact]
    public async Task Maintain_Throwing_ChangesNothing()
    {
        var store = new DoorStore();
        await using StoredBroker opened = await StoredBroker.OpenAsync(store);
        MessageBroker broker = opened.Broker;
        VirtualTime time = opened.Time;
        store.Maintaining = static () => throw new InvalidOperationException("the store's own fault");

        await Neighbours.ShouldGoOnAsync(broker, time);
    }

    [Theory]
    [InlineData("commit")]
    [InlineData("read")]
    [InlineData("maintain")]
    public async Task Store_LookingAtTheBroker_ComesBack(string call)
    {
        var store = new DoorStore();
        await using (StoredBroker first = await StoredBroker.OpenAsync(store))
        {
            await first.Broker.Queue("orders").Producer<int>().SendAsync(1).Soon();
        }

        await using StoredBroker opened = await StoredBroker.OpenAsync(store);
        MessageBroker broker = opened.Broker;
        VirtualTime time = opened.Time;
        IQueue queue = broker.Queue("orders");
        var looked = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        On(store, call, () => looked.TrySetResult(Neighbours.OnThread(() => _ = queue.Statistics).Wait(TimeSpan.FromSeconds(5))));

        await Neighbours.ShouldGoOnAsync(broker, time);
        (await (await queue.Consumer<int>().NextAsync()).AckAsync().Soon()).Should().Be(Settlement.Acked);

        (await looked.Task.Soon()).Should().BeTrue("no lock is held while the store is called");
    }

    [Theory]
    [InlineData("commit")]
    [InlineData("maintain")]
    public async Task Store_NotComingBack_HoldsNeitherTimersNorReaders(string call)
    {
        var store = new DoorStore();
        await using StoredBroker opened = await StoredBroker.OpenAsync(store);
        MessageBroker broker = opened.Broker;
        VirtualTime time = opened.Time;
        using var held = new HeldCall();
        IQueue queue = broker.Queue("orders");
        await queue.Producer<int>().SendAsync(1).Soon();
        On(store, call, held.Hold);
        Task<Receipt> send = queue.Producer<int>().SendAsync(2).AsTask();
        await held.Entered.Soon();

        await Neighbours.AdvanceAsync(time, TimeSpan.FromHours(1));
        await Neighbours.OnThread(() => _ = queue.Statistics).Soon();
        (await queue.Consumer<int>().NextAsync()).Body.Should().Be(1, "what was committed before is delivered");

        held.Dispose();
        await send.Soon();
    }

    [Fact]
    public async Task Read_NotComingBack_HoldsItsOwnQueueOnly()
    {
        var store = new DoorStore();
        await using (StoredBroker first = await StoredBroker.OpenAsync(store))
        {
            await first.Broker.Queue("orders").Producer<int>().SendAsync(1).Soon();
        }

        using var held = new HeldCall();
        store.Reading = held.Hold;
        await using StoredBroker opened = await StoredBroker.OpenAsync(store);
        MessageBroker broker = opened.Broker;
        VirtualTime time = opened.Time;
        Task<Delivery<int>> receiving = Neighbours.OnThread(() => broker.Queue("orders").Consumer<int>().ReceiveAsync().AsTask());
        await held.Entered.Soon();

        try
        {
            await Neighbours.ShouldGoOnAsync(broker, time);
        }
        finally
        {
            held.Dispose();
        }

        (await receiving.Soon()).Body.Should().Be(1);
    }

    [Theory]
    [InlineData("commit")]
    [InlineData("read")]
    [InlineData("maintain")]
    public async Task Store_LeavingAmbientState_LeavesItToNobody(string call)
    {
        var store = new DoorStore();
        await using StoredBroker opened = await StoredBroker.OpenAsync(store);
        MessageBroker broker = opened.Broker;
        VirtualTime time = opened.Time;
        On(store, call, Ambient.Leave);

        await Neighbours.ShouldGoOnAsync(broker, time);
        await Neighbours.ShouldGoOnAsync(broker, time);
    }

    [Fact]
    public async Task Open_ReturningNothingOrHalfOfIt_IsRefusedAndClosesTheStore()
    {
        Func<StoreContents, StoreContents>[] answers =
        [
            static _ => null!,
            static contents => contents with { Entries = null! },
            static contents => contents with { Cursors = null! },
            static contents => contents with { LastSequences = null! },
            static contents => contents with { MessageIds = null! },
            static contents => contents with { Damage = null! },
        ];
        foreach (Func<StoreContents, StoreContents> answer in answers)
        {
            var store = new DoorStore();
            await using (StoredBroker first = await StoredBroker.OpenAsync(store))
            {
                await first.Broker.Queue("orders").Producer<int>().SendAsync(1, new SendOptions { MessageId = MessageId.FromName("one") }).Soon();
            }

            store.Opening = answer;
            await FluentActions.Awaiting(() => StoredBroker.OpenAsync(store)).Should().ThrowAsync<Exception>();

            store.Closed.Should().Be(2, "the broker owns the store, also when opening fails");
            store.Opening = static contents => contents;
            await using StoredBroker opened = await StoredBroker.OpenAsync(store);
            await opened.ShouldGoOnAsync();
        }
    }

    private static void On(DoorStore store, string call, Action action)
    {
        _ = call switch
        {
            "commit" => store.Committing = action,
            "read" => store.Reading = action,
            _ => store.Maintaining = action,
        };
    }
}
