using System.Buffers;
using System.Text;
using Messaging.Specification.Tests.Broker;
using Messaging.Specification.Tests.Doors.Hostile;

namespace Messaging.Specification.Tests.Doors;

/// <summary>The door to serializers. Contract line 13: the send throws, or the message is dead-lettered with the reason; nothing else notices.</summary>
public sealed class SerializerDoorTests
{
    private static readonly QueueOptions _serialized = new() { Serialize = true };

    [Theory, EveryStore]
    public async Task Serialize_Throwing_FailsTheSendOnly(StoreKind store)
    {
        await using BrokerHarness harness = await StartAsync(store, new HostileSerializer { Writing = static _ => throw new InvalidOperationException("the serializer's own fault") });
        IQueue queue = harness.Broker.Queue("orders", _serialized);

        await FluentActions.Awaiting(() => queue.Producer<string>().SendAsync("a").Soon())
            .Should().ThrowAsync<BodyFormatException>().WithMessage("*the serializer's own fault*");

        queue.Statistics.Ready.Should().Be(0);
        await Neighbours.ShouldGoOnAsync(harness);
    }

    [Theory, EveryStore]
    public async Task Deserialize_Throwing_DeadLettersWithTheReason(StoreKind store)
    {
        await using BrokerHarness harness = await StartAsync(store, new HostileSerializer { Giving = static _ => throw new InvalidOperationException("the serializer's own fault") });
        IQueue queue = harness.Broker.Queue("orders", _serialized);
        queue.Handle<string>(static (_, _) => default);
        await queue.Producer<string>().SendAsync("a").Soon();

        await HangGuard.UntilAsync(() => queue.DeadLetters.Count == 1);

        await foreach (DeadLetter letter in queue.DeadLetters.PeekAsync())
        {
            letter.Reason.Should().Be(DeadLetterReason.Unreadable);
            letter.Description.Should().Contain("the serializer's own fault");
        }

        await Neighbours.ShouldGoOnAsync(harness);
    }

    [Theory, EveryStore]
    public async Task Serialize_UsingTheBroker_ComesBack(StoreKind store)
    {
        BrokerHarness? harness = null;
        var reentry = new Reentry(() => harness!.Broker);
        await using (harness = await StartAsync(store, new HostileSerializer { Writing = _ => reentry.Run() }))
        {
            IQueue queue = harness.Broker.Queue("orders", _serialized);

            await Neighbours.OnThread(() => queue.Producer<string>().SendAsync("a").AsTask()).Soon();

            reentry.Outcome.Should().Be("ended");
            (await queue.Consumer<string>().NextAsync()).Body.Should().Be("a");
        }
    }

    [Theory, EveryStore]
    public async Task Deserialize_UsingTheBroker_ComesBack(StoreKind store)
    {
        BrokerHarness? harness = null;
        var reentry = new Reentry(() => harness!.Broker);
        await using (harness = await StartAsync(store, new HostileSerializer { Giving = DoReturn(reentry.Run) }))
        {
            IQueue queue = harness.Broker.Queue("orders", _serialized);
            queue.Handle<string>(static (_, _) => default);
            await queue.Producer<string>().SendAsync("a").Soon();

            await reentry.ShouldHaveEndedAsync();

            await HangGuard.UntilAsync(() => queue.Statistics.Acked == 1);
        }
    }

    [Theory, EveryStore]
    public async Task Serialize_NotComingBack_HoldsItsSenderOnly(StoreKind store)
    {
        using var held = new HeldCall();
        await using BrokerHarness harness = await StartAsync(store, new HostileSerializer { Writing = _ => held.Hold() });
        IQueue queue = harness.Broker.Queue("orders", _serialized);
        Task<Receipt> send = Neighbours.OnThread(() => queue.Producer<string>().SendAsync("a").AsTask());
        await held.Entered.Soon();

        await queue.Producer<string>().SendAsync("b").Soon();
        (await queue.Consumer<string>().NextAsync()).Body.Should().Be("b");
        await Neighbours.ShouldGoOnAsync(harness);

        held.Dispose();
        await send.Soon();
    }

    [Theory, EveryStore]
    public async Task Deserialize_NotComingBack_HoldsItsReceiverOnly(StoreKind store)
    {
        using var held = new HeldCall();
        await using BrokerHarness harness = await StartAsync(store, new HostileSerializer { Giving = DoReturn(held.Hold) });
        IQueue queue = harness.Broker.Queue("orders", _serialized);
        IConsumer<string> first = queue.Consumer<string>();
        await queue.Producer<string>().SendAsync("a").Soon();
        Task<Delivery<string>> receiving = Neighbours.OnThread(() => first.ReceiveAsync().AsTask());
        await held.Entered.Soon();

        await queue.Producer<string>().SendAsync("b").Soon();
        (await queue.Consumer<string>().NextAsync()).Body.Should().Be("b");
        await Neighbours.ShouldGoOnAsync(harness);

        held.Dispose();
        (await receiving.Soon()).Body.Should().Be("a");
    }

    [Theory, EveryStore]
    public async Task Deserialize_LeavingAmbientState_LeavesItToNobody(StoreKind store)
    {
        await using BrokerHarness harness = await StartAsync(
            store, new HostileSerializer { Writing = static _ => Ambient.Leave(), Giving = DoReturn(Ambient.Leave) });
        IQueue queue = harness.Broker.Queue("orders", _serialized);
        var seen = new List<string>();
        queue.Handle<string>((_, _) =>
        {
            seen.Add(Ambient.Seen());
            return default;
        });
        await Neighbours.OnThread(async () =>
        {
            await queue.Producer<string>().SendAsync("a");
            return await queue.Producer<string>().SendAsync("b");
        }).Soon();

        await HangGuard.UntilAsync(() => queue.Statistics.Acked == 2);
        seen.Should().OnlyContain(state => state.Length == 0);
        await Neighbours.ShouldGoOnAsync(harness);
    }

    [Theory, EveryStore]
    public async Task Deserialize_ReturningNothing_IsHandedOverAsNothing(StoreKind store)
    {
        await using BrokerHarness harness = await StartAsync(store, new HostileSerializer { Giving = static _ => null });
        IQueue queue = harness.Broker.Queue("orders", _serialized);
        await queue.Producer<string>().SendAsync("a").Soon();

        (await queue.Consumer<string>().NextAsync()).Body.Should().BeNull();

        await Neighbours.ShouldGoOnAsync(harness);
    }

    [Theory, EveryStore]
    public async Task Serialize_MisusingItsBuffer_FailsTheSendOnly(StoreKind store)
    {
        Action<IBufferWriter<byte>>[] misuses =
        [
            static output => output.Advance(-1),
            static output => output.Advance(int.MaxValue),
            static output => output.GetSpan(-1),
            static output => output.GetMemory(int.MaxValue),
        ];
        foreach (Action<IBufferWriter<byte>> misuse in misuses)
        {
            Action<IBufferWriter<byte>> misusing = misuse;
            await using BrokerHarness harness = await StartAsync(store, new HostileSerializer { Writing = output => misusing(output) });
            IQueue queue = harness.Broker.Queue("orders", _serialized);

            await FluentActions.Awaiting(() => queue.Producer<string>().SendAsync("a").Soon()).Should().ThrowAsync<MessagingException>();

            misusing = static _ => { };
            await queue.Producer<string>().SendAsync("b").Soon();
            (await queue.Consumer<string>().NextAsync()).Body.Should().Be("b");
            queue.Statistics.Delivered.Should().Be(1);
        }
    }

    private static Func<string, string?> DoReturn(Action action) => text =>
    {
        action();
        return text;
    };

    private static Task<BrokerHarness> StartAsync(StoreKind store, IMessageSerializer serializer) =>
        BrokerHarness.StartAsync(store, options => options with { Serializer = serializer });

    /// <summary>A serializer that does what a test wants with texts, and serves other bodies well.</summary>
    private sealed class HostileSerializer : IMessageSerializer
    {
        private readonly JsonMessageSerializer _json = new();

        public Action<IBufferWriter<byte>> Writing { get; init; } = static _ => { };

        public Func<string, string?> Giving { get; init; } = static text => text;

        public void Serialize<T>(T body, IBufferWriter<byte> output)
        {
            if (body is string text)
            {
                Writing(output);
                output.Write(Encoding.UTF8.GetBytes(text));
            }
            else
            {
                _json.Serialize(body, output);
            }
        }

        public T Deserialize<T>(ReadOnlyMemory<byte> data) =>
            typeof(T) == typeof(string) ? (T)(object?)Giving(Encoding.UTF8.GetString(data.Span))! : _json.Deserialize<T>(data);
    }
}
