using Messaging.Specification.Tests.Broker;
using Messaging.Specification.Tests.Doors.Hostile;

namespace Messaging.Specification.Tests.Doors;

/// <summary>The door to what exceptions say of themselves. Contract line 13: an exception that cannot be described is a failure like any other.</summary>
public sealed class ExceptionDoorTests
{
    private static readonly QueueOptions _givesUpAtOnce = new() { Retry = RetryPolicy.None, Serialize = true };

    [Theory, EveryStore]
    public async Task Description_Throwing_ChangesNothing(StoreKind store) =>
        await ShouldFailInEachPlaceAsync(store, static () => throw new InvalidOperationException("no words"));

    [Theory, EveryStore]
    public async Task Description_UsingTheBroker_ComesBack(StoreKind store)
    {
        foreach (string place in new[] { "handler", "body" })
        {
            BrokerHarness? harness = null;
            var reentry = new Reentry(() => harness!.Broker);
            await using (harness = await StartAsync(store, SayAfter(reentry.Run)))
            {
                await FailAsync(harness, place, SayAfter(reentry.Run));

                await reentry.ShouldHaveEndedAsync();
                await HangGuard.UntilAsync(() => harness.Broker.Queue("orders").DeadLetters.Count == 1);
            }
        }
    }

    [Theory, EveryStore]
    public async Task Description_NotComingBack_HoldsItsOwnMessageOnly(StoreKind store)
    {
        foreach (string place in new[] { "handler", "body" })
        {
            using var held = new HeldCall();
            await using BrokerHarness harness = await StartAsync(store, SayAfter(held.Hold));
            try
            {
                await FailAsync(harness, place, SayAfter(held.Hold));
                await held.Entered.Soon();

                await Neighbours.ShouldGoOnAsync(harness);
            }
            finally
            {
                held.Dispose();
            }

            await HangGuard.UntilAsync(() => harness.Broker.Queue("orders").DeadLetters.Count == 1);
        }
    }

    [Theory, EveryStore]
    public async Task Description_LeavingAmbientState_LeavesItToNobody(StoreKind store) =>
        await ShouldFailInEachPlaceAsync(store, SayAfter(Ambient.Leave));

    [Theory, EveryStore]
    public async Task Description_BeingNothingOrEndless_ChangesNothing(StoreKind store)
    {
        await ShouldFailInEachPlaceAsync(store, static () => null);
        await ShouldFailInEachPlaceAsync(store, static () => "");
        await ShouldFailInEachPlaceAsync(store, static () => new string('a', 4 << 20));
    }

    [Theory, EveryStore]
    public async Task Description_ThrowingAtASend_FailsTheSendOnly(StoreKind store)
    {
        await using BrokerHarness harness = await StartAsync(store, static () => throw new InvalidOperationException("no words"), failsToWrite: true);
        IQueue queue = harness.Broker.Queue("orders", _givesUpAtOnce);

        await FluentActions.Awaiting(() => queue.Producer<string>().SendAsync("a").Soon()).Should().ThrowAsync<BodyFormatException>();

        await Neighbours.ShouldGoOnAsync(harness);
    }

    [Theory]
    [InlineData("throws", true)]
    [InlineData("throws", false)]
    [InlineData("is slow", true)]
    [InlineData("uses the broker", true)]
    [InlineData("leaves ambient state", true)]
    [InlineData("is nothing", true)]
    [InlineData("is nothing", false)]
    public async Task Description_OfAStoresException_HoldsNoCommit(string behaviour, bool canBeRefused)
    {
        using var held = new HeldCall();
        StoredBroker? broker = null;
        var reentry = new Reentry(() => broker!.Broker);
        Func<string?> saying = behaviour switch
        {
            "throws" => static () => throw new InvalidOperationException("no words"),
            "is slow" => SayAfter(held.Hold),
            "uses the broker" => SayAfter(reentry.Run),
            "leaves ambient state" => SayAfter(Ambient.Leave),
            _ => static () => null,
        };
        var store = new DoorStore();
        await using (broker = await StoredBroker.OpenAsync(store, new BrokerOptions { LoggerFactory = new DoorLog(static _ => { }) }))
        {
            IQueue queue = broker.Broker.Queue("orders");
            await queue.Producer<int>().SendAsync(1).Soon();
            store.Committing = () => throw (canBeRefused ? new HostileStoreException(saying) : new HostileException(saying));
            try
            {
                await FluentActions.Awaiting(() => queue.Producer<int>().SendAsync(2).Soon()).Should().ThrowAsync<StoreException>();
                store.Committing = null;
                if (canBeRefused)
                {
                    await broker.ShouldGoOnAsync();
                }
                else
                {
                    await FluentActions.Awaiting(() => queue.Producer<int>().SendAsync(3).Soon())
                        .Should().ThrowAsync<StoreException>("nothing is confirmed after an unknown outcome");
                }
            }
            finally
            {
                store.Committing = null;
                held.Dispose();
            }
        }
    }

    private static async Task ShouldFailInEachPlaceAsync(StoreKind store, Func<string?> saying)
    {
        foreach (string place in new[] { "handler", "body" })
        {
            await using BrokerHarness harness = await StartAsync(store, saying);
            await FailAsync(harness, place, saying);
            IQueue queue = harness.Broker.Queue("orders");
            await HangGuard.UntilAsync(() => queue.DeadLetters.Count == 1);

            await foreach (DeadLetter letter in queue.DeadLetters.PeekAsync())
            {
                letter.Description.Should().NotBeEmpty("it names at least the type").And.HaveLength(letter.Description.Length).And.NotBeNull();
                letter.Description.Length.Should().BeLessThanOrEqualTo(4096);
            }

            await Neighbours.ShouldGoOnAsync(harness);
        }
    }

    /// <summary>Lets a message fail in a handler, or when its body is read, with an exception that describes itself so.</summary>
    private static async Task FailAsync(BrokerHarness harness, string place, Func<string?> saying)
    {
        IQueue queue = harness.Broker.Queue("orders", _givesUpAtOnce);
        if (place == "handler")
        {
            queue.Handle<int>((_, _) => throw new HostileException(saying));
            await queue.Producer<int>().SendAsync(1).Soon();
        }
        else
        {
            queue.Handle<string>(static (_, _) => default);
            await queue.Producer<string>().SendAsync("a").Soon();
        }
    }

    private static Task<BrokerHarness> StartAsync(StoreKind store, Func<string?> saying, bool failsToWrite = false) =>
        BrokerHarness.StartAsync(store, options => options with
        {
            Serializer = new FailingSerializer(saying, failsToWrite),
            LoggerFactory = new DoorLog(static _ => { }),
        });

    private static Func<string?> SayAfter(Action action) => () =>
    {
        action();
        return "something";
    };

    private sealed class HostileException(Func<string?> saying) : Exception
    {
        public override string Message => saying()!;

        public override string StackTrace => saying()!;

        public override string ToString() => saying()!;
    }

    private sealed class HostileStoreException(Func<string?> saying) : StoreException("the disk is full")
    {
        public override string Message => saying()!;

        public override string ToString() => saying()!;
    }

    /// <summary>A serializer that fails with texts, and serves other bodies well.</summary>
    private sealed class FailingSerializer(Func<string?> saying, bool failsToWrite) : IMessageSerializer
    {
        private readonly JsonMessageSerializer _json = new();

        public void Serialize<T>(T body, System.Buffers.IBufferWriter<byte> output)
        {
            if (body is string && failsToWrite)
            {
                throw new HostileException(saying);
            }

            _json.Serialize(body, output);
        }

        public T Deserialize<T>(ReadOnlyMemory<byte> data) => typeof(T) == typeof(string) ? throw new HostileException(saying) : _json.Deserialize<T>(data);
    }
}
