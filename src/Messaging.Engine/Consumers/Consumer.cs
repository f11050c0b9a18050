using System.Runtime.CompilerServices;
using Messaging.Cursors;
using Messaging.Diagnostics;
using Messaging.Leases;
using Messaging.Scheduling;
using Messaging.State;
using Messaging.Subscriptions;

namespace Messaging.Consumers;

/// <summary>A receiver of messages from one subscription.</summary>
internal sealed class Consumer<T> : IConsumer<T>, IDisposable
{
    private readonly BrokerContext _context;
    private readonly Subscription _subscription;
    private readonly ConsumerPort _port;
    private readonly bool _acksOnReceive;
    private readonly CancellationTokenSource _closing = new();

    public Consumer(BrokerContext context, Subscription subscription, ConsumerOptions options)
    {
        _context = context;
        _subscription = subscription;
        _acksOnReceive = options.AckMode == AckMode.OnReceive;
        _port = new ConsumerPort(options.LeaseDuration, options.Prefetch, options.Retry);
        subscription.Consumers.Open(_port);
    }

    public IAsyncEnumerable<Delivery<T>> ReadAllAsync(CancellationToken cancellationToken = default) =>
        new DeliveryStream<T>(this, cancellationToken);

    public ValueTask<Delivery<T>> ReceiveAsync(CancellationToken cancellationToken = default)
    {
        if (!CanTake(cancellationToken) || !TryTake(out Delivery<T> delivery, out bool mustConfirm, out LogCursor? toMark))
        {
            return NextAsync(waitToken: null, cancellationToken);
        }

        return mustConfirm ? ConfirmOrNextAsync(delivery, toMark, waitToken: null, cancellationToken) : new ValueTask<Delivery<T>>(delivery);
    }

    public bool TryReceive(out Delivery<T> delivery)
    {
        ThrowIfClosed();
        while (TryTake(out delivery, out bool mustConfirm, out LogCursor? toMark))
        {
            // Waiting is rare and short: the writer's own thread completes it.
            if (!mustConfirm || _context.Work.Wait(_subscription.Consumers.ConfirmAsync(delivery.Token, toMark, _acksOnReceive)))
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
        await _subscription.Consumers.ConfirmAsync(delivery.Token, toMark, _acksOnReceive).ConfigureAwait(WorkContext.IsCurrent)
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
            if (TryTake(out Delivery<T> delivery, out bool mustConfirm, out LogCursor? toMark))
            {
                if (!mustConfirm || await _subscription.Consumers.ConfirmAsync(delivery.Token, toMark, _acksOnReceive).ConfigureAwait(WorkContext.IsCurrent))
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

    /// <summary>Gets the token that ends with the consumer.</summary>
    internal CancellationToken Closing => _closing.Token;

    public async ValueTask<IReadOnlyList<Delivery<T>>> ReceiveBatchAsync(
        int maxMessages, TimeSpan maxWait, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(maxMessages, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(maxMessages, 65_536);
        if (maxWait != Timeout.InfiniteTimeSpan && (maxWait < TimeSpan.Zero || maxWait > TimeSpan.FromDays(3_650)))
        {
            throw new ArgumentOutOfRangeException(nameof(maxWait), maxWait, "maxWait must be between zero and 3,650 days, or Timeout.InfiniteTimeSpan.");
        }

        cancellationToken.ThrowIfCancellationRequested();
        var batch = new List<Delivery<T>>();
        await TakeReadyAsync(batch, maxMessages, readsFirst: maxWait == TimeSpan.Zero, cancellationToken).ConfigureAwait(WorkContext.IsCurrent);
        if (batch.Count == 0 && maxWait != TimeSpan.Zero
            && await WaitForFirstAsync(batch, maxWait, cancellationToken).ConfigureAwait(WorkContext.IsCurrent))
        {
            await TakeReadyAsync(batch, maxMessages, readsFirst: true, cancellationToken).ConfigureAwait(WorkContext.IsCurrent);
        }

        return batch;
    }

    public ValueTask DisposeAsync()
    {
        if (!_closing.IsCancellationRequested)
        {
            _subscription.Consumers.Close(_port);
            _closing.Cancel();
        }

        return ValueTask.CompletedTask;
    }

    /// <summary>Takes what is there, and waits for no more than the store.</summary>
    /// <param name="batch">Receives it.</param>
    /// <param name="maxMessages">How much at most.</param>
    /// <param name="readsFirst">Whether to wait for the first message too, if it is in the store only.</param>
    /// <param name="cancellationToken">Ends the wait; what was taken stays.</param>
    private async ValueTask TakeReadyAsync(
        List<Delivery<T>> batch, int maxMessages, bool readsFirst, CancellationToken cancellationToken)
    {
        ThrowIfClosed();
        (long ended, long failed) = _subscription.StoredBacklog.Reads;
        while (batch.Count < maxMessages)
        {
            if (TryTake(out Delivery<T> delivery, out bool mustConfirm, out LogCursor? toMark))
            {
                try
                {
                    if (!mustConfirm || await _subscription.Consumers.ConfirmAsync(delivery.Token, toMark, _acksOnReceive).ConfigureAwait(WorkContext.IsCurrent))
                    {
                        batch.Add(delivery);
                    }
                }
                catch (StoreException) when (batch.Count > 0)
                {
                    // The caller gets what it has already, which may be acknowledged. If the store has failed for good, the next call tells.
                    return;
                }

                continue;
            }

            bool isWanted = batch.Count > 0 || readsFirst;
            if (!isWanted || !await WaitForReadAsync(ended, failed, batch.Count > 0, cancellationToken).ConfigureAwait(WorkContext.IsCurrent))
            {
                return;
            }

            (ended, _) = _subscription.StoredBacklog.Reads;
        }
    }

    /// <summary>Waits until a read from the store has ended, if one is under way.</summary>
    /// <returns>Whether it is worth looking again.</returns>
    private async ValueTask<bool> WaitForReadAsync(long ended, long failed, bool hasSome, CancellationToken cancellationToken)
    {
        CancellationTokenSource? linked = Link(cancellationToken);
        try
        {
            return await _subscription.StoredBacklog.WaitForReadAsync(ended, failed, linked?.Token ?? _closing.Token).ConfigureAwait(WorkContext.IsCurrent);
        }
        catch (OperationCanceledException)
        {
            if (hasSome)
            {
                // The caller gets what it has taken already.
                return false;
            }

            cancellationToken.ThrowIfCancellationRequested();
            ThrowIfClosed();
            throw;
        }
        finally
        {
            linked?.Dispose();
        }
    }

    private async ValueTask<bool> WaitForFirstAsync(List<Delivery<T>> batch, TimeSpan maxWait, CancellationToken cancellationToken)
    {
        // Not disposed by hand: the alarm may be ringing at this moment, and cancelling a disposed source throws on the timer's thread.
        var timeUp = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Alarm? alarm = null;
        if (maxWait != Timeout.InfiniteTimeSpan)
        {
            alarm = _context.Scheduler.CreateAlarm(_ => WorkContext.CancelAsync(timeUp), _subscription.Name);
            alarm.SetNoLaterThan(DueTime.After(_context.Clock.Now, maxWait.Ticks));
        }

        try
        {
            batch.Add(await ReceiveAsync(timeUp.Token).ConfigureAwait(WorkContext.IsCurrent));
            return true;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested && timeUp.IsCancellationRequested)
        {
            return false;
        }
        finally
        {
            alarm?.Clear();
        }
    }

    /// <summary>Takes a message if there is one.</summary>
    /// <param name="delivery">The message.</param>
    /// <param name="mustConfirm">Whether it is the caller's only after <see cref="ConfirmOrNextAsync"/>.</param>
    /// <param name="toMark">What that needs.</param>
    [MethodImpl(MethodImplOptions.NoInlining)] // Inlined into a caller's loop, the parts of it would be left out of line.
    internal bool TryTake(out Delivery<T> delivery, out bool mustConfirm, out LogCursor? toMark)
    {
        while (_subscription.TryReserve(_port, out long number))
        {
            ref readonly Lease lease = ref _subscription.Show(number);
            toMark = lease.Item.ToMark;
            mustConfirm = toMark is not null || _acksOnReceive;
            delivery = BodyReader.ToDelivery<T>(_context, lease, _subscription, out bool isUnread);
            bool isGivenUp = false;
            if (isUnread ? TryTakeUnread(lease, out delivery, out isGivenUp) : TryGrant(number))
            {
                if (_context.Observer is { } observer)
                {
                    NoteDelivered(observer, number, delivery);
                }

                return true;
            }

            if (!isGivenUp)
            {
                break;
            }
        }

        delivery = default;
        mustConfirm = false;
        toMark = null;
        return false;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool TryGrant(long number) =>
        _subscription.TryGrant(_port, number, _context.Clock.NowFor(_port.Leases.Duration), processing: 0, lost: null);

    /// <summary>Leases a message, then reads its body: a serializer that hangs holds this caller only, and the lease ends by itself.</summary>
    /// <param name="lease">The message.</param>
    /// <param name="delivery">The delivery.</param>
    /// <param name="isGivenUp">Whether the body could not be read, so that the message was dead-lettered.</param>
    /// <returns>Whether the caller has the message.</returns>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private bool TryTakeUnread(in Lease lease, out Delivery<T> delivery, out bool isGivenUp)
    {
        isGivenUp = false;
        delivery = default;
        long number = lease.Number;
        try
        {
            UnreadMessage message = BodyReader.Open(_context, lease);
            if (!TryGrant(number))
            {
                return false;
            }

            delivery = BodyReader.Read<T>(message, _context.Options.Serializer, _subscription, out BodyFormatException? failure);
            if (failure is null)
            {
                return true;
            }

            _context.Observer?.OnDelivered(_subscription.Name, delivery);
            _subscription.Settling.Reject(delivery.Token, DeadLetterReason.Unreadable, SafeText.Of(failure));
            isGivenUp = true;
            return false;
        }
        catch
        {
            // The caller does not get the message, so others must.
            _subscription.Consumers.PutOff(number);
            throw;
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void NoteDelivered(DeliveryObserver observer, long number, in Delivery<T> delivery)
    {
        try
        {
            observer.OnDelivered(_subscription.Name, delivery);
        }
        catch
        {
            _subscription.Consumers.PutOff(number);
            throw;
        }
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

    private void ThrowIfClosed()
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
