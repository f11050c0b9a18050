using System.Diagnostics.CodeAnalysis;
using Messaging.Diagnostics;
using Messaging.Scheduling;
using Messaging.Subscriptions;

namespace Messaging.Consumers;

/// <summary>A running handler: as many loops as may run at once, each taking, calling and settling.</summary>
internal sealed class Worker<T> : ITrackedWorker
{
    private readonly BrokerContext _context;
    private readonly Subscription _subscription;
    private readonly Func<Delivery<T>, CancellationToken, ValueTask> _handler;
    private readonly HandlerOptions _options;
    private readonly ConsumerPort _port;
    private readonly CancellationTokenSource _stopping = new();
    private readonly CancellationTokenSource?[] _calls;
    private readonly Task _loops;
    private readonly RunOnce _stopped = new();
    private int _running;

    public Worker(
        BrokerContext context, Subscription subscription, Func<Delivery<T>, CancellationToken, ValueTask> handler, HandlerOptions options)
    {
        _context = context;
        _subscription = subscription;
        _handler = handler;
        _options = options;
        _port = new ConsumerPort(options.LeaseDuration, options.Prefetch, options.Retry);
        _calls = new CancellationTokenSource?[options.Concurrency];
        subscription.Open(_port);
        var loops = new Task[options.Concurrency];
        for (int i = 0; i < loops.Length; i++)
        {
            loops[i] = RunAsync(i);
        }

        _loops = Task.WhenAll(loops);
    }

    public int Running => Volatile.Read(ref _running);

    public bool IsStopped => _stopped.IsDone;

    public ValueTask DisposeAsync() => new(_stopped.RunAsync(StopAsync));

    private async Task StopAsync()
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        Task timeUp = _context.Scheduler.DelayAsync(_options.ShutdownTimeout, out Alarm alarm);
        await Task.WhenAny(_loops, timeUp).ConfigureAwait(false);
        alarm.Clear();
        foreach (CancellationTokenSource? call in _calls)
        {
            if (call is not null)
            {
                // What a handler registered on its token may throw; stopping goes on.
                await call.CancelAsync().ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }

        // A call that ends at its cancellation settles nothing: its message returns with the port's other leases.
        _subscription.Close(_port);
        if (_context.Writer is { } writer)
        {
            // Nobody waited for the acks of the handler; whoever disposes it may rely on them.
            await writer.FlushAsync().ConfigureAwait(false);
        }
    }

    private async Task RunAsync(int loop)
    {
        // Never on the thread of the caller who starts the worker.
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        while (!_stopping.IsCancellationRequested)
        {
            if (TryBegin(loop, out ValueTask<bool> calling))
            {
                Renew(loop, await calling.ConfigureAwait(false));
                continue;
            }

            try
            {
                if (!await _subscription.WaitAsync(_stopping.Token).ConfigureAwait(false))
                {
                    return;
                }
            }
            catch (Exception exception) when (exception is OperationCanceledException or StoreException)
            {
                // Stopped, or the store has failed and what is handled now could not be acknowledged.
                return;
            }
        }
    }

    /// <summary>Handles messages for as long as handlers return at once, without a state machine.</summary>
    /// <param name="loop">Which of the worker's loops this is.</param>
    /// <param name="calling">The handling that is still going on.</param>
    /// <returns>Whether there is one. Otherwise there is no message, or the worker stops.</returns>
    private bool TryBegin(int loop, out ValueTask<bool> calling)
    {
        long processing = _options.MaxProcessingTime.Ticks;
        while (!_stopping.IsCancellationRequested)
        {
            CancellationTokenSource call = _calls[loop] ??= new CancellationTokenSource();
            if (!_subscription.TryTake(_port, processing, call, out LeasedMessage message))
            {
                break;
            }

            calling = CallAsync(message, call, out bool isToAck);
            if (!isToAck)
            {
                return true;
            }

            Renew(loop, _subscription.Ack(message.Token));
        }

        calling = default;
        return false;
    }

    private void Renew(int loop, bool isSettled)
    {
        if (!isSettled || !_calls[loop]!.TryReset())
        {
            // The old source belongs to a lost lease, whose cancellation may still come.
            _calls[loop] = null;
        }
    }

    /// <summary>Handles one delivery, without a state machine where the handler returns at once.</summary>
    /// <param name="message">The message.</param>
    /// <param name="call">The source of the handler's token.</param>
    /// <param name="isToAck">Whether the handler has returned, and the ack is left to the caller.</param>
    /// <returns>Whether the source of the handler's token may serve again: its lease is settled.</returns>
    [SuppressMessage("Design", "CA1031", Justification = "Whatever a handler throws is a failure of the message.")]
    private ValueTask<bool> CallAsync(in LeasedMessage message, CancellationTokenSource call, out bool isToAck)
    {
        isToAck = false;
        if (_options.AckMode != AckMode.OnReturn || message.MustMark)
        {
            return PrepareAndCallAsync(message, call);
        }

        if (!BodyReader.TryDeliver(_context, message, _subscription, out Delivery<T> delivery))
        {
            return new ValueTask<bool>(true);
        }

        ValueTask handling;
        Interlocked.Increment(ref _running);
        try
        {
            handling = _handler(delivery, call.Token);
        }
        catch (Exception exception)
        {
            handling = ValueTask.FromException(exception);
        }

        if (!handling.IsCompletedSuccessfully)
        {
            return FinishAsync(handling, message, call);
        }

        Interlocked.Decrement(ref _running);
        isToAck = true;
        return default;
    }

    private async ValueTask<bool> PrepareAndCallAsync(LeasedMessage message, CancellationTokenSource call)
    {
        Interlocked.Increment(ref _running);
        bool prepared = await PrepareAsync(message).ConfigureAwait(false);
        if (prepared && BodyReader.TryDeliver(_context, message, _subscription, out Delivery<T> delivery))
        {
            return await FinishAsync(InvokeAsync(delivery, call.Token), message, call).ConfigureAwait(false);
        }

        Interlocked.Decrement(ref _running);
        return prepared;
    }

    /// <summary>Acks or marks a delivery in the store before it is handled.</summary>
    /// <returns>Whether it may be handled.</returns>
    private async ValueTask<bool> PrepareAsync(LeasedMessage message)
    {
        try
        {
            return await _subscription.ConfirmAsync(message, _options.AckMode == AckMode.OnReceive).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is StoreException or ObjectDisposedException)
        {
            // The store does not know of the delivery: it must not begin.
            return false;
        }
    }

    private async ValueTask InvokeAsync(Delivery<T> delivery, CancellationToken cancellationToken) =>
        await _handler(delivery, cancellationToken).ConfigureAwait(false);

    /// <summary>Waits for a running handler and settles by its outcome.</summary>
    [SuppressMessage("Design", "CA1031", Justification = "Whatever a handler throws is a failure of the message.")]
    private async ValueTask<bool> FinishAsync(ValueTask handling, LeasedMessage message, CancellationTokenSource call)
    {
        try
        {
            await handling.ConfigureAwait(false);
            if (_options.AckMode == AckMode.Manual)
            {
                // What the handler left unsettled keeps its source for the time when the lease ends.
                _subscription.EndRenewal(message.Token);
                return false;
            }

            return _options.AckMode == AckMode.OnReceive || _subscription.Ack(message.Token);
        }
        catch (OperationCanceledException) when (call.IsCancellationRequested)
        {
            // Stopping, or the lease is lost: neither is a failure of the message now.
            return false;
        }
        catch (Exception exception)
        {
            EngineLog.HandlerFailed(
                _context.Logger, exception, _subscription.Name, message.Item.Sequence, message.Item.Cursor.Log.Name, message.Item.Attempts);
            return _subscription.Fail(message.Token, Describe(exception)) != Settlement.LeaseLost;
        }
        finally
        {
            Interlocked.Decrement(ref _running);
        }
    }

    [SuppressMessage("Design", "CA1031", Justification = "An exception that cannot describe itself is a failure of the message like any other.")]
    private static string Describe(Exception exception)
    {
        try
        {
            return exception.ToString();
        }
        catch (Exception)
        {
            return exception.GetType().ToString();
        }
    }
}
