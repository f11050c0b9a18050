using System.Runtime.CompilerServices;
using Messaging.Context;
using Messaging.Cursors;
using Messaging.Diagnostics;
using Messaging.Leases;
using Messaging.Subscriptions;

namespace Messaging.Consumers;

/// <summary>A receiver of messages from one subscription.</summary>
internal sealed class Consumer<T> : IConsumer<T>, IDisposable
{
    private readonly BrokerContext _context;
    private readonly Subscription _subscription;
    private readonly ConsumerPort _port;
    private readonly CancellationTokenSource _closing = new();

    public Consumer(BrokerContext context, Subscription subscription, ConsumerOptions options)
    {
        _context = context;
        _subscription = subscription;
        _port = new ConsumerPort(options.LeaseDuration, options.Prefetch, options.Retry);
        Taker = new DeliveryTaker<T>(context, subscription, _port, options.AckMode == AckMode.OnReceive);
        subscription.Parts.Consumers.Open(_port);
    }

    public IAsyncEnumerable<Delivery<T>> ReadAllAsync(CancellationToken cancellationToken = default) =>
        new DeliveryStream<T>(this, cancellationToken);

    public ValueTask<Delivery<T>> ReceiveAsync(CancellationToken cancellationToken = default)
    {
        if (!CanTake(cancellationToken) || !Taker.TryTake(out Delivery<T> delivery, out bool mustConfirm, out LogCursor? toMark))
        {
            return NextAsync(waitToken: null, cancellationToken);
        }

        return mustConfirm ? ConfirmOrNextAsync(delivery, toMark, waitToken: null, cancellationToken) : new ValueTask<Delivery<T>>(delivery);
    }

    public bool TryReceive(out Delivery<T> delivery)
    {
        ThrowIfClosed();
        while (Taker.TryTake(out delivery, out bool mustConfirm, out LogCursor? toMark))
        {
            // Waiting is rare and short: the writer's own thread completes it.
            if (!mustConfirm || _context.Work.Wait(Taker.ConfirmAsync(delivery, toMark)))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>For containers, which refuse to end without it.</summary>
    public void Dispose() => BlockingDisposal.Of(DisposeAsync);

    public override string ToString() => $"{TypeName.Of("Consumer", typeof(T))} of '{_subscription.Name}'";

    /// <summary>Tells whether a message may be taken now. Otherwise <see cref="NextAsync"/> tells why not.</summary>
    internal bool CanTake(CancellationToken cancellationToken) =>
        !cancellationToken.IsCancellationRequested && !_closing.IsCancellationRequested && !_subscription.IsShut && _subscription.Failure is null;

    /// <summary>Confirms a delivery where it must not begin before the store knows, or waits for another one.</summary>
    internal async ValueTask<Delivery<T>> ConfirmOrNextAsync(
        Delivery<T> delivery, LogCursor? toMark, CancellationToken? waitToken, CancellationToken cancellationToken) =>
        await Taker.ConfirmAsync(delivery, toMark).ConfigureAwait(WorkContext.IsCurrent)
            ? delivery
            : await NextAsync(waitToken, cancellationToken).ConfigureAwait(WorkContext.IsCurrent);

    /// <summary>Waits for a message.</summary>
    /// <param name="waitToken">The caller's token linked with the consumer's, if the caller has it; otherwise one is made for each wait.</param>
    /// <param name="cancellationToken">The caller's token.</param>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    internal async ValueTask<Delivery<T>> NextAsync(CancellationToken? waitToken, CancellationToken cancellationToken)
    {
        while (true)
        {
            ThrowIfClosed();
            cancellationToken.ThrowIfCancellationRequested();
            if (Taker.TryTake(out Delivery<T> delivery, out bool mustConfirm, out LogCursor? toMark))
            {
                if (!mustConfirm || await Taker.ConfirmAsync(delivery, toMark).ConfigureAwait(WorkContext.IsCurrent))
                {
                    return delivery;
                }
            }
            else
            {
                await WaitAsync(waitToken, cancellationToken).ConfigureAwait(WorkContext.IsCurrent);
            }
        }
    }

    /// <summary>Gets a source that ends with the caller's token and with the consumer; <see langword="null"/> if the consumer's is enough.</summary>
    internal CancellationTokenSource? Link(CancellationToken cancellationToken) =>
        cancellationToken.CanBeCanceled ? CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _closing.Token) : null;

    /// <summary>Gets what takes its messages.</summary>
    internal DeliveryTaker<T> Taker { get; }

    /// <summary>Gets the token that ends with the consumer.</summary>
    internal CancellationToken Closing => _closing.Token;

    public ValueTask<IReadOnlyList<Delivery<T>>> ReceiveBatchAsync(
        int maxMessages, TimeSpan maxWait, CancellationToken cancellationToken = default) =>
        new BatchReceive<T>(_context, _subscription, this).ReceiveAsync(maxMessages, maxWait, cancellationToken);

    public ValueTask DisposeAsync()
    {
        if (!_closing.IsCancellationRequested)
        {
            _subscription.Parts.Consumers.Close(_port);
            _closing.Cancel();
        }

        return ValueTask.CompletedTask;
    }

    private async ValueTask WaitAsync(CancellationToken? waitToken, CancellationToken cancellationToken)
    {
        CancellationTokenSource? linked = waitToken is null ? Link(cancellationToken) : null;
        try
        {
            bool more = await _subscription.WaitAsync(waitToken ?? linked?.Token ?? _closing.Token).ConfigureAwait(WorkContext.IsCurrent);
            BrokerClosed.ThrowIf(!more);
        }
        catch (OperationCanceledException)
        {
            cancellationToken.ThrowIfCancellationRequested();
            ThrowIfClosed();
            throw;
        }
        finally
        {
            linked?.Dispose();
        }
    }

    internal void ThrowIfClosed()
    {
        if (_closing.IsCancellationRequested || _subscription.IsShut)
        {
            throw new ObjectDisposedException(ToString());
        }

        if (_subscription.Failure is { } failure)
        {
            throw new StoreException(SafeText.MessageOf(failure), failure) { MustReopen = true };
        }
    }
}
