using System.Diagnostics.CodeAnalysis;
using Messaging.Context;
using Messaging.Diagnostics;
using Messaging.Groups;
using Messaging.Logging;
using Messaging.Records;
using Messaging.Scheduling;
using Messaging.Storage;
using Messaging.Topology;
using Messaging.Writing;
using Microsoft.Extensions.Logging;

namespace Messaging.Lifecycle;

/// <summary>The opening of a broker, on a store or in memory.</summary>
internal static class BrokerOpening
{
    private static int _memoryBrokers;

    public static BrokerTopology InMemory(BrokerOptions options)
    {
        var contents = new StoreContents
        {
            Epoch = 1,
            StoreId = (uint)Interlocked.Increment(ref _memoryBrokers),
            ClosedCleanly = true,
            Entries = [],
            LastSequences = new Dictionary<int, long>(),
            Cursors = [],
            Scheduled = [],
            MessageIds = [],
        };
        return new BrokerTopology(CreateContext(options, store: null, contents));
    }

    public static async ValueTask<BrokerTopology> OpenAsync(IMessageStore store, BrokerOptions options, CancellationToken cancellationToken)
    {
        StoreContents contents = await store.OpenAsync(cancellationToken).ConfigureAwait(WorkContext.IsCurrent);
        BrokerContext? context = null;
        try
        {
            context = CreateContext(options, store, contents);
            var topology = new BrokerTopology(context);
            new TopologyRecovery(topology, contents).Recover();
            context.Writer!.Start(failure => StoreFailure.End(topology, failure));
            return topology;
        }
        catch (InvalidDataException exception)
        {
            await CloseUnopenedAsync(context, store).ConfigureAwait(WorkContext.IsCurrent);
            // Not "it was left as it is": the store has noted the opening.
            throw new StoreException(
                $"'{SafeText.Of(store)}' cannot be opened: a stored state is damaged ({SafeText.MessageOf(exception)}).", exception);
        }
        catch
        {
            await CloseUnopenedAsync(context, store).ConfigureAwait(WorkContext.IsCurrent);
            throw;
        }
    }

    /// <summary>Closes a store whose opening has failed. That it cannot be closed either says less than why it was not opened.</summary>
    [SuppressMessage("Design", "CA1031", Justification = "The failure of the opening is thrown.")]
    private static async ValueTask CloseUnopenedAsync(BrokerContext? context, IMessageStore store)
    {
        // What was recovered may have set alarms.
        context?.Scheduler.Dispose();
        try
        {
            await store.DisposeAsync().ConfigureAwait(WorkContext.IsCurrent);
        }
        catch (Exception exception)
        {
            if (context is not null)
            {
                EngineLog.StoreNotClosed(context.Logger, exception, context.Writer!.StoreName);
            }
        }
    }

    private static BrokerContext CreateContext(BrokerOptions options, IMessageStore? store, StoreContents contents)
    {
        WorkQueue work = options.Work ?? new PooledWork();
        ILogger user = options.LoggerFactory.CreateLogger("Messaging")
            ?? throw new InvalidOperationException(
                $"BrokerOptions.LoggerFactory, a {TypeName.Of(options.LoggerFactory.GetType())}, gave no logger for the category 'Messaging'.");
        var logger = new LogQueue(user, work);
        var clock = new BrokerClock(options.TimeProvider, work, logger, ClockNote.Read(contents.Cursors));
        var counts = new CountVersion();
        StoreWriter? writer = store is null ? null : new StoreWriter(
            store, new MessageOrigin(contents.StoreId, contents.Epoch), clock, work, logger, counts, options.DeduplicationWindow);
        int lastId = contents.Entries.Count == 0 ? 0 : contents.Entries.Max(entry => entry.Id);
        return new BrokerContext
        {
            Options = options,
            Clock = clock,
            Scheduler = new Scheduler(options.TimeProvider, clock, work, logger),
            Work = work,
            Observer = options.Observer,
            Catalog = new Catalog(writer, lastId),
            Counts = counts,
            Logger = logger,
            Epoch = contents.Epoch,
            StoreId = contents.StoreId,
        };
    }
}
