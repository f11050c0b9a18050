using Messaging.Context;
using Messaging.Cursors;
using Messaging.Diagnostics;
using Messaging.Leases;
using Messaging.Logging;
using Messaging.Logs;
using Messaging.Redelivery;
using Messaging.Scheduling;
using Messaging.State;
using Messaging.Storage;
using Messaging.Subscriptions;
using Messaging.Writing;
using Microsoft.Extensions.Logging.Abstractions;

namespace Messaging.Benchmarks;

/// <summary>A subscription to a log in memory with one consumer, and no broker around it.</summary>
internal sealed class LoneSubscription : IDisposable
{
    private readonly BrokerContext _context;

    public LoneSubscription(TimeSpan lease, int prefetch)
    {
        var work = new PooledWork();
        var clock = new BrokerClock(TimeProvider.System);
        _context = new BrokerContext
        {
            Options = new BrokerOptions(),
            Clock = clock,
            Scheduler = new Scheduler(TimeProvider.System, clock, work),
            Work = work,
            Catalog = new Catalog(writer: null, lastId: 0),
            Logger = new LogQueue(NullLogger.Instance, work),
            Epoch = 1,
            StoreId = 1,
        };
        Log = _context.Catalog.CreateLog(StoreEntryKind.Queue, "benchmark", wanted: null, owner: 0);
        MessageLog dead = _context.Catalog.CreateLog(StoreEntryKind.DeadLetters, "benchmark", wanted: null, owner: Log.Id);
        Core = new Subscription(_context, Log.Id, Log.Name, new DeadLetterLog(dead, new CursorState(1), writer: null, _context.Counts), new SubscriptionOptions());
        Log.Attach(Core.Parts.Logs.Add(Log, new CursorState(1)));
        Port = new ConsumerPort(lease, prefetch, retry: null);
        Core.Parts.Consumers.Open(Port);
    }

    public MessageLog Log { get; }

    public BrokerClock Clock => _context.Clock;

    public Subscription Core { get; }

    public ConsumerPort Port { get; }

    public void Dispose()
    {
        Core.Parts.Control.Shut();
        _context.Scheduler.Dispose();
    }
}
