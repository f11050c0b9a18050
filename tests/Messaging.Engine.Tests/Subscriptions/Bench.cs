using Messaging.Context;
using Messaging.Cursors;
using Messaging.Dispatch;
using Messaging.Engine.Tests.Logging;
using Messaging.Engine.Tests.State;
using Messaging.Groups;
using Messaging.Leases;
using Messaging.Logging;
using Messaging.Logs;
using Messaging.Records;
using Messaging.Redelivery;
using Messaging.Scheduling;
using Messaging.State;
using Messaging.Storage;
using Messaging.Subscriptions;
using Messaging.TestSupport;
using Messaging.Testing;
using Messaging.Writing;

namespace Messaging.Engine.Tests.Subscriptions;

/// <summary>A subscription over one log, whose work waits until the test runs it, and the moments at which it did something, in their order.</summary>
internal sealed class Bench : IDisposable
{
    private readonly VirtualTime _time = new();
    private readonly StoreWriter _writer;

    /// <summary>Sets a subscription up.</summary>
    /// <param name="options">Its options; <see langword="null"/> for the defaults.</param>
    /// <param name="prefetch">How many messages its one consumer takes ahead.</param>
    /// <param name="store">The store that has its log; <see langword="null"/> for a log in memory.</param>
    /// <param name="last">The last message of that log.</param>
    public Bench(SubscriptionOptions? options = null, int prefetch = 10, IMessageStore? store = null, long last = 0)
    {
        Time = new FaultyTime(_time) { Changing = () => Note("alarm") };
        var clock = new BrokerClock(Time);
        Logger = new ScriptedLogger();
        var logger = new LogQueue(Logger, Work);
        var counts = new CountVersion();
        _writer = new StoreWriter(store ?? new InMemoryMessageStore(), new MessageOrigin(1, 1), clock, Work, logger, counts, deduplicationWindow: 10);
        Context = new BrokerContext
        {
            Options = new BrokerOptions { TimeProvider = Time },
            Clock = clock,
            Scheduler = new Scheduler(Time, clock, Work),
            Work = Work,
            Observer = new HookedObserver(Note),
            Catalog = new Catalog(_writer, lastId: 10),
            Counts = counts,
            Logger = logger,
            Epoch = 1,
            StoreId = 1,
        };
        var dead = new DeadLetterLog(NewLog(3, "orders.dead", isStored: false), new CursorState(1));
        Subscription = new Subscription(Context, 4, "orders", dead, options ?? new SubscriptionOptions());
        Log = NewLog(1, "orders", store is not null, last);
        Log.TrimStep = 1;
        Cursor = Subscription.Parts.Logs.Add(Log, new CursorState(1));
        Log.Attach(Cursor);
        Port = new ConsumerPort(TimeSpan.FromSeconds(30), prefetch, retry: null);
        Subscription.Parts.Consumers.Open(Port);
    }

    public FaultyTime Time { get; }

    public HeldWork Work { get; } = new();

    public ScriptedLogger Logger { get; }

    public BrokerContext Context { get; }

    public Subscription Subscription { get; }

    public SubscriptionState State => Subscription.State;

    public MessageLog Log { get; }

    public LogCursor Cursor { get; }

    public ConsumerPort Port { get; }

    /// <summary>Gets what was done, in its order.</summary>
    public List<string> Moments { get; } = [];

    /// <summary>Gets or sets what runs at each moment.</summary>
    public Action<string>? At { get; set; }

    public long Now => Context.Clock.Now;

    /// <summary>Gets a value indicating whether another thread can have the subscription's lock.</summary>
    public bool IsLockFree => Task.Factory
        .StartNew(Look, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default)
        .Wait(TimeSpan.FromSeconds(30));

    public static MessageLog NewLog(int id, string name, bool isStored, long last = 0) => new(id, name, Durability.Memory, isStored, last);

    public void Dispose() => Context.Scheduler.Dispose();

    public void Note(string moment)
    {
        Moments.Add(moment);
        At?.Invoke(moment);
    }

    public void Append(int count) => Shelf.Append(Cursor, [.. Enumerable.Repeat(Now, count)]);

    /// <summary>Takes the next message, and begins its move.</summary>
    public Move BeginMove()
    {
        using Guard guard = Subscription.Hold();
        return State.InHand.BeginMove(Shelf.Take(Cursor));
    }

    /// <summary>Hands the next message to the consumer.</summary>
    public DeliveryToken Deliver()
    {
        Subscription.TryReserve(Port, out long number).Should().BeTrue();
        Subscription.TryGrant(Port, number, Now, processing: 0, lost: null).Should().BeTrue();
        return new DeliveryToken(Context.Epoch, number);
    }

    private void Look()
    {
        using Guard guard = Subscription.Hold();
    }
}
