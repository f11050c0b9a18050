using System.Runtime.CompilerServices;
using Messaging.Diagnostics;
using Messaging.Scheduling;
using Messaging.Subscriptions;

namespace Messaging.Consumers;

/// <summary>A receiver of messages from one subscription.</summary>
internal sealed class Consumer<T> : IConsumer<T>
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
        subscription.Open(_port);
    }

    public async IAsyncEnumerable<Delivery<T>> ReadAllAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        // One linked source for the whole enumeration, instead of one for each wait.
        using CancellationTokenSource? linked = Link(cancellationToken);
        while (true)
        {
            ThrowIfClosed();
            cancellationToken.ThrowIfCancellationRequested();
            while (!cancellationToken.IsCancellationRequested && _subscription.TryTake(_port, processing: 0, lost: null, out LeasedMessage message))
            {
                if (MustConfirm(message) && !await _subscription.ConfirmAsync(message, _acksOnReceive).ConfigureAwait(false))
                {
                    continue;
                }

                if (BodyReader.TryDeliver(_context, message, _subscription, out Delivery<T> delivery))
                {
                    yield return delivery;
                }
            }

            cancellationToken.ThrowIfCancellationRequested();
            await WaitAsync(linked?.Token ?? _closing.Token, cancellationToken).ConfigureAwait(false);
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<Delivery<T>> ReceiveAsync(CancellationToken cancellationToken = default)
    {
        while (true)
        {
            ThrowIfClosed();
            cancellationToken.ThrowIfCancellationRequested();
            while (_subscription.TryTake(_port, processing: 0, lost: null, out LeasedMessage message))
            {
                if (MustConfirm(message) && !await _subscription.ConfirmAsync(message, _acksOnReceive).ConfigureAwait(false))
                {
                    continue;
                }

                if (BodyReader.TryDeliver(_context, message, _subscription, out Delivery<T> delivery))
                {
                    return delivery;
                }
            }

            await WaitAsync(waitToken: null, cancellationToken).ConfigureAwait(false);
        }
    }

    public bool TryReceive(out Delivery<T> delivery)
    {
        ThrowIfClosed();
        while (_subscription.TryTake(_port, processing: 0, lost: null, out LeasedMessage message))
        {
            // Waiting is rare and short: the writer's own thread completes it.
            if (MustConfirm(message) && !_subscription.ConfirmAsync(message, _acksOnReceive).AsTask().GetAwaiter().GetResult())
            {
                continue;
            }

            if (BodyReader.TryDeliver(_context, message, _subscription, out delivery))
            {
                return true;
            }
        }

        delivery = default;
        return false;
    }

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
        if (!TryReceive(out Delivery<T> first))
        {
            if (maxWait == TimeSpan.Zero || !await WaitForFirstAsync(batch, maxWait, cancellationToken).ConfigureAwait(false))
            {
                return batch;
            }
        }
        else
        {
            batch.Add(first);
        }

        while (batch.Count < maxMessages && TryReceive(out Delivery<T> next))
        {
            batch.Add(next);
        }

        return batch;
    }

    public ValueTask DisposeAsync()
    {
        if (!_closing.IsCancellationRequested)
        {
            _subscription.Close(_port);
            _closing.Cancel();
        }

        return ValueTask.CompletedTask;
    }

    private CancellationTokenSource? Link(CancellationToken cancellationToken) =>
        cancellationToken.CanBeCanceled ? CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _closing.Token) : null;

    private async ValueTask<bool> WaitForFirstAsync(List<Delivery<T>> batch, TimeSpan maxWait, CancellationToken cancellationToken)
    {
        // Not disposed by hand: the alarm may be ringing at this moment, and cancelling a disposed source throws on the timer's thread.
        var timeUp = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Alarm? alarm = null;
        if (maxWait != Timeout.InfiniteTimeSpan)
        {
            alarm = _context.Scheduler.CreateAlarm(_ => timeUp.CancelAsync());
            alarm.SetNoLaterThan(_context.Clock.Now + maxWait.Ticks);
        }

        try
        {
            batch.Add(await ReceiveAsync(timeUp.Token).ConfigureAwait(false));
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

    private bool MustConfirm(in LeasedMessage message) => message.MustMark || _acksOnReceive;

    private async ValueTask WaitAsync(CancellationToken? waitToken, CancellationToken cancellationToken)
    {
        CancellationTokenSource? linked = waitToken is null ? Link(cancellationToken) : null;
        try
        {
            bool more = await _subscription.WaitAsync(waitToken ?? linked?.Token ?? _closing.Token).ConfigureAwait(false);
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
        ObjectDisposedException.ThrowIf(_closing.IsCancellationRequested || _subscription.IsShut, this);
        if (_subscription.Failure is { } failure)
        {
            throw new StoreException(failure.Message, failure) { MustReopen = true };
        }
    }
}
