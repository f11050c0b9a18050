using Messaging.Context;
using Messaging.Diagnostics;
using Messaging.Lifecycle;
using Messaging.Storage;
using Messaging.Topology;
using Messaging.Workers;

namespace Messaging;

/// <summary>A message broker inside this process, in memory or over a store.</summary>
public sealed class MessageBroker : IMessageBroker, IDisposable
{
    private const int LongestStoreName = 300;

    private readonly BrokerContext _context;
    private readonly BrokerTopology _topology;
    private readonly BrokerEnd _end;
    private readonly RunOnce _closing = new();

    private MessageBroker(BrokerTopology topology)
    {
        _context = topology.Context;
        _topology = topology;
        _end = new BrokerEnd(topology);
    }

    /// <inheritdoc/>
    public IReadOnlyCollection<ISubscription> Subscriptions => _topology.Subscriptions;

    /// <summary>Creates a broker that keeps everything in memory, and nothing beyond its own life.</summary>
    /// <remarks>Bodies are handed over by reference, and not serialized. So a body may arrive that a file would refuse, cut down or convert: the page
    /// <c>docs/in-memory.md</c> of the package lists the differences. <see cref="QueueOptions.Serialize"/> and <see cref="TopicOptions.Serialize"/> take
    /// them away.</remarks>
    /// <param name="options">The options; <see langword="null"/> means the defaults.</param>
    public static MessageBroker InMemory(BrokerOptions? options = null) => new(BrokerOpening.InMemory(options ?? new BrokerOptions()));

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
        return new MessageBroker(await BrokerOpening.OpenAsync(store, options ?? new BrokerOptions(), cancellationToken).ConfigureAwait(WorkContext.IsCurrent));
    }

    /// <inheritdoc/>
    public IQueue Queue(string name, QueueOptions? options = null) => _topology.GetQueue(name, options);

    /// <inheritdoc/>
    public ITopic Topic(string name, TopicOptions? options = null) => _topology.GetTopic(name, options);

    /// <inheritdoc/>
    public ValueTask<ISubscription> SubscribeAsync(
        string pattern, string name, SubscriptionOptions? options = null, CancellationToken cancellationToken = default) =>
        SubscriptionDeclaration.SubscribeAsync(_topology, pattern, name, options, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<bool> UnsubscribeAsync(string name, CancellationToken cancellationToken = default) =>
        SubscriptionRemoval.UnsubscribeAsync(_topology, name, cancellationToken);

    /// <inheritdoc/>
    public async ValueTask<bool> CancelAsync(MessageId messageId, CancellationToken cancellationToken = default)
    {
        _context.ThrowIfClosed();
        cancellationToken.ThrowIfCancellationRequested();
        return await WorkContext.Of(_topology.Scheduled.CancelAsync(messageId)).WaitAsync(cancellationToken).ConfigureAwait(WorkContext.IsCurrent);
    }

    /// <inheritdoc/>
    public ValueTask BackupAsync(string path, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(path);
        _context.ThrowIfClosed();
        return _context.Writer is { } writer
            ? writer.Store.BackupAsync(path, cancellationToken)
            : throw new NotSupportedException("This broker keeps everything in memory: there is no store to copy. Open a broker on a file to back it up.");
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _closing.RunAsync(
        _end.CloseAsync, HandlerContext.IsWithin(_context), exception => EngineLog.StopFailed(_context.Logger, exception, "broker"));

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
    internal void Abandon(StoreException cause) => _end.Abandon(cause);

    /// <summary>Ends a lease before its time. For tests.</summary>
    internal bool EndLease(string subscription, DeliveryToken token) => _topology.EndLease(subscription, token);
}
