using System.Runtime.CompilerServices;
using Messaging.Cursors;
using Messaging.Diagnostics;

namespace Messaging.Consumers;

/// <summary>A place in the deliveries of a consumer: each step hands the next message over, or waits for it.</summary>
internal sealed class DeliveryEnumerator<T> : IAsyncEnumerator<Delivery<T>>
{
    private readonly Consumer<T> _consumer;
    private readonly CancellationToken _cancellation;

    // The enumeration's own tokens: both of the caller's as one, and that one linked with the consumer's, made once instead of for each wait.
    private readonly CancellationTokenSource? _both;
    private readonly CancellationTokenSource? _linked;
    private Delivery<T> _current;

    public DeliveryEnumerator(Consumer<T> consumer, CancellationToken first, CancellationToken second)
    {
        _consumer = consumer;
        _both = first.CanBeCanceled && second.CanBeCanceled && first != second
            ? CancellationTokenSource.CreateLinkedTokenSource(first, second)
            : null;
        _cancellation = _both?.Token ?? (first.CanBeCanceled ? first : second);
        _linked = consumer.Link(_cancellation);
    }

    public Delivery<T> Current => _current;

    public ValueTask<bool> MoveNextAsync()
    {
        if (!_consumer.CanTake(_cancellation) || !_consumer.Taker.TryTake(out _current, out bool mustConfirm, out LogCursor? toMark))
        {
            return WaitAsync();
        }

        return mustConfirm ? ConfirmAsync(_current, toMark) : new ValueTask<bool>(true);
    }

    public ValueTask DisposeAsync()
    {
        _linked?.Dispose();
        _both?.Dispose();
        return ValueTask.CompletedTask;
    }

    private async ValueTask<bool> ConfirmAsync(Delivery<T> delivery, LogCursor? toMark)
    {
        _current = await _consumer.ConfirmOrNextAsync(delivery, toMark, _linked?.Token ?? _consumer.Closing, _cancellation).ConfigureAwait(WorkContext.IsCurrent);
        return true;
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<bool> WaitAsync()
    {
        _current = await _consumer.NextAsync(_linked?.Token ?? _consumer.Closing, _cancellation).ConfigureAwait(WorkContext.IsCurrent);
        return true;
    }
}
