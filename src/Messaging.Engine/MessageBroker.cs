using System.Diagnostics.CodeAnalysis;
using Messaging.Consumers;
using Messaging.Diagnostics;
using Messaging.Records;
using Messaging.Scheduling;
using Messaging.Storage;
using Messaging.Subscriptions;
using Messaging.Topology;
using Messaging.Writing;
using Microsoft.Extensions.Logging;

namespace Messaging;

/// <summary>A message broker inside this process, in memory or over a store.</summary>
public sealed class MessageBroker : IMessageBroker, IDisposable
{
    private const int LongestStoreName = 300;

    private static readonly TimeSpan _longestWaitForLog = TimeSpan.FromSeconds(1);
    private static int _memoryBrokers;

    private readonly BrokerContext _context;
    private readonly BrokerTopology _topology;
    private readonly RunOnce _closing = new();

    private MessageBroker(BrokerContext context)
    {
        _context = context;
        _topology = new BrokerTopology(context);
    }

    /// <inheritdoc/>
    public IReadOnlyCollection<ISubscription> Subscriptions => _topology.Subscriptions;

    /// <summary>Creates a broker that keeps everything in memory, and nothing beyond its own life.</summary>
    /// <remarks>Bodies are handed over by reference, and not serialized. So a body may arrive that a file would refuse, cut down or convert: the page
    /// <c>docs/in-memory.md</c> of the package lists the differences. <see cref="QueueOptions.Serialize"/> and <see cref="TopicOptions.Serialize"/> take
    /// them away.</remarks>
    /// <param name="options">The options; <see langword="null"/> means the defaults.</param>
    public static MessageBroker InMemory(BrokerOptions? options = null)
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
        return new MessageBroker(CreateContext(options ?? new BrokerOptions(), store: null, contents));
    }

    /// <summary>Opens a broker on a store.</summary>
    /// <param name="store">The store. The broker owns it from now on and closes it, also when opening fails.</param>
    /// <param name="options">The options; <see langword="null"/> means the defaults.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    /// <exception cref="StoreInUseException">Another broker has the store open.</exception>
    /// <exception cref="StoreFormatException">The store is not one of ours, of a newer version, or damaged.</exception>
    /// <exception cref="StoreException">The store cannot be opened for another reason.</exception>
    public static async ValueTask<MessageBroker> OpenAsync(
        IMessageStore store, BrokerOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(store);
        cancellationToken.ThrowIfCancellationRequested();
        StoreContents contents = await store.OpenAsync(cancellationToken).ConfigureAwait(WorkContext.IsCurrent);
        BrokerContext? context = null;
        try
        {
            context = CreateContext(options ?? new BrokerOptions(), store, contents);
            var broker = new MessageBroker(context);
            broker._topology.Recover(contents);
            broker._topology.Start();
            return broker;
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

    /// <inheritdoc/>
    public IQueue Queue(string name, QueueOptions? options = null) => _topology.GetQueue(name, options);

    /// <inheritdoc/>
    public ITopic Topic(string name, TopicOptions? options = null) => _topology.GetTopic(name, options);

    /// <inheritdoc/>
    public ValueTask<ISubscription> SubscribeAsync(
        string pattern, string name, SubscriptionOptions? options = null, CancellationToken cancellationToken = default) =>
        _topology.SubscribeAsync(pattern, name, options, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<bool> UnsubscribeAsync(string name, CancellationToken cancellationToken = default) =>
        _topology.UnsubscribeAsync(name, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<bool> CancelAsync(MessageId messageId, CancellationToken cancellationToken = default) =>
        _topology.CancelAsync(messageId, cancellationToken);

    /// <inheritdoc/>
    public ValueTask BackupAsync(string path, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(path);
        _topology.ThrowIfClosed();
        return _context.Writer is { } writer
            ? writer.Store.BackupAsync(path, cancellationToken)
            : throw new NotSupportedException("This broker keeps everything in memory: there is no store to copy. Open a broker on a file to back it up.");
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _closing.RunAsync(
        CloseAsync, HandlerContext.IsWithin(_context), exception => EngineLog.StopFailed(_context.Logger, exception, "broker"));

    /// <summary>Disposes the broker as <see cref="DisposeAsync"/> does, and blocks the calling thread until that is done.</summary>
    /// <remarks>For containers and callers that cannot await. Do not call it in code that the broker calls, which it may wait for. Called in one of
    /// the broker's own handlers, it returns at once, as <see cref="DisposeAsync"/> completes there: the closing begins, and the handler goes on.
    /// Whoever calls both, or one of them again, waits for the same closing.</remarks>
    public void Dispose() => BlockingDisposal.Of(DisposeAsync);

    /// <summary>Describes the broker in one line: where it keeps its messages.</summary>
    public override string ToString() =>
        _context.Writer is { } writer ? $"MessageBroker on '{SafeText.Cut(writer.StoreName, LongestStoreName)}'" : "MessageBroker in memory";

    /// <summary>Completes when no commit, backlog read or timer callback could run now.</summary>
    internal Task WhenIdleAsync() => _context.Work.WhenIdleAsync();

    /// <summary>Lets nothing more be logged, as the process is about to die. May be called under a lock. For tests.</summary>
    internal void Silence() => _context.Logger.Abandon();

    /// <summary>Ends everything as the death of the process would: nothing more is delivered, confirmed, logged, or due. For tests.</summary>
    /// <param name="cause">What those who wait are told.</param>
    internal void Abandon(StoreException cause)
    {
        _context.Scheduler.Dispose();
        _context.Writer?.Abandon(cause);
        Silence();
        _topology.Abandon(cause);
    }

    /// <summary>Ends a lease before its time. For tests.</summary>
    internal bool EndLease(string subscription, DeliveryToken token) => _topology.EndLease(subscription, token);

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
        var logger = new LogQueue(CreateLogger(options.LoggerFactory), work);
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

    private static ILogger CreateLogger(ILoggerFactory factory) =>
        factory.CreateLogger("Messaging")
        ?? throw new InvalidOperationException($"BrokerOptions.LoggerFactory, a {TypeName.Of(factory.GetType())}, gave no logger for the category 'Messaging'.");

    private async Task CloseAsync()
    {
        // A logger that disposes the broker does not wait for itself.
        bool waitsForLog = !_context.Logger.IsHere;
        try
        {
            await _topology.CloseAsync().ConfigureAwait(WorkContext.IsCurrent);
        }
        finally
        {
            // Whatever went wrong before, the store is let go.
            await CloseStoreAsync(waitsForLog).ConfigureAwait(WorkContext.IsCurrent);
        }
    }

    private async Task CloseStoreAsync(bool waitsForLog)
    {
        try
        {
            if (_context.Writer is { } writer)
            {
                await writer.StopAsync().ConfigureAwait(WorkContext.IsCurrent);
                await writer.Store.DisposeAsync().ConfigureAwait(WorkContext.IsCurrent);
            }
        }
        finally
        {
            if (waitsForLog)
            {
                await WaitForLogAsync().ConfigureAwait(WorkContext.IsCurrent);
            }

            _context.Scheduler.Dispose();
        }
    }

    /// <summary>Waits until what was logged is written, but not for a logger that hangs.</summary>
    private async Task WaitForLogAsync()
    {
        Task written = _context.Logger.WhenWrittenAsync();
        if (!written.IsCompleted)
        {
            Task timeUp = _context.Scheduler.DelayAsync(_longestWaitForLog, out Alarm alarm);
            await Task.WhenAny(WorkContext.Of(written), timeUp).ConfigureAwait(WorkContext.IsCurrent);
            alarm.Clear();
        }
    }
}
