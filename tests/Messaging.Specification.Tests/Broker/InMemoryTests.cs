using System.Text.Json;
using System.Text.Json.Serialization;

namespace Messaging.Specification.Tests.Broker;

/// <summary>Each line of the page src/Messaging/docs/in-memory.md: what a broker in memory does otherwise than one on a file, and that
/// <see cref="QueueOptions.Serialize"/> takes the difference away.</summary>
public sealed class InMemoryTests
{
    public enum Place
    {
        Memory,
        SerializedInMemory,
        File,
    }

    [Theory, CombinatorialPlaces]
    public async Task Body_ChangedAfterTheSend_IsSharedInMemoryOnly(Place place)
    {
        await using BrokerHarness harness = await StartAsync(place);
        var sent = new Box { Text = "sent" };
        await Queue(harness, place).Producer<Box>().SendAsync(sent).Soon();
        sent.Text = "changed";

        Box received = (await Queue(harness, place).Consumer<Box>().NextAsync()).Body;

        received.Text.Should().Be(place == Place.Memory ? "changed" : "sent");
        ReferenceEquals(received, sent).Should().Be(place == Place.Memory);
    }

    [Theory, CombinatorialPlaces]
    public async Task Body_ChangedByAReceiver_IsSharedInMemoryOnly(Place place)
    {
        await using BrokerHarness harness = await StartAsync(place);
        IConsumer<Box> consumer = Queue(harness, place).Consumer<Box>();
        await Queue(harness, place).Producer<Box>().SendAsync(new Box { Text = "sent" }).Soon();
        Delivery<Box> first = await consumer.NextAsync();
        first.Body.Text = "changed";
        await first.NackAsync(TimeSpan.Zero).Soon();

        (await consumer.NextAsync()).Body.Text.Should().Be(place == Place.Memory ? "changed" : "sent");
    }

    [Theory, CombinatorialPlaces]
    public async Task Body_OfRawBytes_IsSharedInMemoryOnly(Place place)
    {
        await using BrokerHarness harness = await StartAsync(place);
        byte[] sent = [1, 2, 3];

        byte[] received = await PassAsync<byte[], byte[]>(harness, place, sent);

        received.Should().Equal(sent);
        ReferenceEquals(received, sent).Should().Be(place == Place.Memory);
    }

    [Theory, CombinatorialPlaces]
    public async Task Members_ThatJsonLeavesOut_ArriveInMemoryOnly(Place place)
    {
        await using BrokerHarness harness = await StartAsync(place);
        var sent = new Box { Text = "seen", Ignored = "ignored" };
        sent.Hide("hidden");

        Box received = await PassAsync<Box, Box>(harness, place, sent);

        (received.Text, received.Ignored, received.Show()).Should().Be(place == Place.Memory ? ("seen", "ignored", "hidden") : ("seen", null, null));
    }

    [Theory, CombinatorialPlaces]
    public async Task Members_OfTypeObject_KeepTheirTypeInMemoryOnly(Place place)
    {
        await using BrokerHarness harness = await StartAsync(place);

        Box received = await PassAsync<Box, Box>(harness, place, new Box { Anything = 7 });

        received.Anything.Should().BeOfType(place == Place.Memory ? typeof(int) : typeof(JsonElement));
    }

    [Theory, CombinatorialPlaces]
    public async Task Object_HeldTwice_StaysOneInMemoryOnly(Place place)
    {
        await using BrokerHarness harness = await StartAsync(place);
        var part = new Box { Text = "part" };

        Box[] received = await PassAsync<Box[], Box[]>(harness, place, [part, part]);

        received.Select(box => box.Text).Should().Equal("part", "part");
        ReferenceEquals(received[0], received[1]).Should().Be(place == Place.Memory);
    }

    [Theory, CombinatorialPlaces]
    public async Task DerivedBody_SentAndReadAsItsBase_StaysDerivedInMemoryOnly(Place place)
    {
        await using BrokerHarness harness = await StartAsync(place);

        Box received = await PassAsync<Box, Box>(harness, place, new Crate { Text = "crate", Weight = 5 });

        received.Text.Should().Be("crate");
        received.Should().BeOfType(place == Place.Memory ? typeof(Crate) : typeof(Box));
    }

    [Theory, CombinatorialPlaces]
    public async Task DerivedBody_ReadAsItsBase_StaysDerivedInMemoryOnly(Place place)
    {
        await using BrokerHarness harness = await StartAsync(place);

        (await PassAsync<Crate, Box>(harness, place, new Crate { Text = "crate" })).Should().BeOfType(place == Place.Memory ? typeof(Crate) : typeof(Box));
    }

    [Theory, CombinatorialPlaces]
    public async Task Body_ReadAsAnotherTypeWithItsMembers_IsDeadLetteredInMemoryOnly(Place place)
    {
        await using BrokerHarness harness = await StartAsync(place);
        await Queue(harness, place).Producer<Box>().SendAsync(new Box { Text = "box" }).Soon();

        if (place == Place.Memory)
        {
            await DeadLetteredAsync<Parcel>(Queue(harness, place));
        }
        else
        {
            (await Queue(harness, place).Consumer<Parcel>().NextAsync()).Body.Text.Should().Be("box");
        }
    }

    [Theory, CombinatorialPlaces]
    public async Task Body_ThatCanBeWrittenAndNotRead_ArrivesInMemoryOnly(Place place)
    {
        await using BrokerHarness harness = await StartAsync(place);
        var sent = new Listed { Names = new SortedSet<string> { "a" } };
        await Queue(harness, place).Producer<Listed>().SendAsync(sent).Soon();

        if (place == Place.Memory)
        {
            (await Queue(harness, place).Consumer<Listed>().NextAsync()).Body.Should().BeSameAs(sent);
        }
        else
        {
            await DeadLetteredAsync<Listed>(Queue(harness, place));
        }
    }

    [Theory, CombinatorialPlaces]
    public async Task Send_OfADelegate_IsRefusedOutsideOfMemory(Place place) => await RefusesAsync<BodyFormatException>(place, () => new Box { Anything = () => 1 });

    [Theory, CombinatorialPlaces]
    public async Task Send_OfACycle_IsRefusedOutsideOfMemory(Place place) => await RefusesAsync<BodyFormatException>(place, static () =>
    {
        var body = new Box();
        body.Inner = body;
        return body;
    });

    [Theory, CombinatorialPlaces]
    public async Task Send_OfDeepNesting_IsRefusedOutsideOfMemory(Place place) => await RefusesAsync<BodyFormatException>(
        place, static () => Enumerable.Range(0, 65).Aggregate(new Box(), static (inner, _) => new Box { Inner = inner }));

    [Theory, CombinatorialPlaces]
    public async Task Send_OfNotANumber_IsRefusedOutsideOfMemory(Place place)
    {
        await RefusesAsync<BodyFormatException>(place, static () => new Box { Anything = double.NaN });
        await RefusesAsync<BodyFormatException>(place, static () => new Box { Anything = double.PositiveInfinity });
    }

    [Theory, CombinatorialPlaces]
    public async Task Send_OfALargeBody_IsRefusedOutsideOfMemory(Place place) => await RefusesAsync<MessageTooLargeException>(
        place, static () => new Box { Text = new string('x', new BrokerOptions().MaxBodyBytes) });

    [Theory, CombinatorialPlaces]
    public async Task Send_OfLargeRawBytes_IsRefusedEverywhere(Place place)
    {
        await using BrokerHarness harness = await StartAsync(place);

        await FluentActions.Awaiting(() => Queue(harness, place).Producer<byte[]>().SendAsync(new byte[new BrokerOptions().MaxBodyBytes + 1]).Soon())
            .Should().ThrowAsync<MessageTooLargeException>();
    }

    [Theory, CombinatorialPlaces]
    public async Task NullBody_EverywhereTheSame_ArrivesAsNull(Place place)
    {
        await using BrokerHarness harness = await StartAsync(place);

        (await PassAsync<Box?, Box?>(harness, place, null)).Should().BeNull();
    }

    [Fact]
    public async Task BacklogLimit_InBytes_SerializesInMemoryToo()
    {
        await using var harness = await BrokerHarness.StartAsync(StoreKind.Memory);
        IQueue queue = harness.Broker.Queue("boxes", new() { Backlog = new BacklogLimit { MaxBytes = 1_000_000 } });
        var sent = new Box { Text = "sent" };
        await queue.Producer<Box>().SendAsync(sent).Soon();

        (await queue.Consumer<Box>().NextAsync()).Body.Should().NotBeSameAs(sent);
    }

    [Fact]
    public async Task Durability_OfABrokerInMemory_IsMemoryAndNoMore()
    {
        await using var harness = await BrokerHarness.StartAsync(StoreKind.Memory);

        (await harness.Broker.Queue("boxes").Producer<Box>().SendAsync(new Box()).Soon()).Durability.Should().Be(Durability.Memory);
        await FluentActions.Awaiting(() => harness.Broker.Queue("safe", new() { Durability = Durability.Process }).Producer<Box>().SendAsync(new Box()).Soon())
            .Should().ThrowAsync<ArgumentException>();
    }

    private static async Task RefusesAsync<TException>(Place place, Func<Box> make)
        where TException : Exception
    {
        await using BrokerHarness harness = await StartAsync(place);
        Box body = make();
        if (place == Place.Memory)
        {
            (await PassAsync<Box, Box>(harness, place, body)).Should().BeSameAs(body);
            return;
        }

        await FluentActions.Awaiting(() => Queue(harness, place).Producer<Box>().SendAsync(body).Soon()).Should().ThrowAsync<TException>();
        Queue(harness, place).Statistics.Ready.Should().Be(0);
    }

    private static async Task DeadLetteredAsync<T>(IQueue queue)
    {
        using var enough = new CancellationTokenSource();
        Task<Delivery<T>> receive = queue.Consumer<T>().ReceiveAsync(enough.Token).AsTask();
        await DeadLetterAsync().Soon();
        await enough.CancelAsync();
        await FluentActions.Awaiting(() => receive.Soon()).Should().ThrowAsync<OperationCanceledException>();

        async Task DeadLetterAsync()
        {
            while (queue.DeadLetters.Count == 0)
            {
                receive.IsCompleted.Should().BeFalse();
                await Task.Yield();
            }
        }
    }

    private static async Task<TRead> PassAsync<TSent, TRead>(BrokerHarness harness, Place place, TSent body)
    {
        await Queue(harness, place).Producer<TSent>().SendAsync(body).Soon();
        return (await Queue(harness, place).Consumer<TRead>().NextAsync()).Body;
    }

    private static async Task<BrokerHarness> StartAsync(Place place) =>
        await BrokerHarness.StartAsync(place == Place.File ? StoreKind.Sqlite : StoreKind.Memory);

    private static IQueue Queue(BrokerHarness harness, Place place) =>
        harness.Broker.Queue("boxes", new() { Serialize = place == Place.SerializedInMemory });

    private sealed class CombinatorialPlacesAttribute : Xunit.v3.DataAttribute
    {
        public override bool SupportsDiscoveryEnumeration() => true;

        public override ValueTask<IReadOnlyCollection<ITheoryDataRow>> GetData(System.Reflection.MethodInfo testMethod, Xunit.Sdk.DisposalTracker disposalTracker) =>
            new([.. Enum.GetValues<Place>().Select(place => new TheoryDataRow(place))]);
    }

    public class Box
    {
        private string? _hidden;

        public string? Text { get; set; }

        [JsonIgnore]
        public string? Ignored { get; set; }

        public object? Anything { get; set; }

        public Box? Inner { get; set; }

        public void Hide(string text) => _hidden = text;

        public string? Show() => _hidden;
    }

    public sealed class Crate : Box
    {
        public int Weight { get; set; }
    }

    public sealed class Parcel
    {
        public string? Text { get; set; }
    }

    public sealed class Listed
    {
        public IReadOnlySet<string>? Names { get; set; }

        public IComparable? Key { get; set; } = "k";
    }
}
