using System.Diagnostics.CodeAnalysis;
using Messaging.Cursors;
using Messaging.Diagnostics;
using Messaging.Leases;
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
    private readonly HandlerContext _ambient;
    private readonly CancellationTokenSource _stopping = new();
    private readonly WorkerLoop[] _loops;
    private readonly RunOnce _stopped = new();
    private Task _ended = Task.CompletedTask;

    public Worker(
        BrokerContext context, Subscription subscription, Func<Delivery<T>, CancellationToken, ValueTask> handler, HandlerOptions options)
    {
        _context = context;
        _subscription = subscription;
        _handler = handler;
        _options = options;
        _port = new ConsumerPort(options.LeaseDuration, options.Prefetch, options.Retry);
        _loops = [.. Enumerable.Range(0, options.Concurrency).Select(static _ => new WorkerLoop())];
        _ambient = new HandlerContext(this, context);
        subscription.Open(_port);
    }

    public int Running => _loops.Count(static loop => loop.IsCalling);

    public bool IsStopped => _stopped.IsDone;

    /// <summary>Starts the loops. One that was stopped before ends at once.</summary>
    public void Start() => _ambient.Run(_ => _ended = Task.WhenAll(_loops.Select(RunAsync)), null);

    /// <summary>Gives up a worker that was never started.</summary>
    public void Abandon() => _subscription.Close(_port);

    public ValueTask DisposeAsync() => _stopped.RunAsync(
        StopAsync, HandlerContext.IsWithin(this), exception => EngineLog.StopFailed(_context.Logger, exception, $"worker of '{_subscription.Name}'"));

    private async Task StopAsync()
    {
        await WorkContext.CancelAsync(_stopping).ConfigureAwait(WorkContext.IsCurrent);
        Task timeUp = _context.Scheduler.DelayAsync(_options.ShutdownTimeout, out Alarm alarm);
        await Task.WhenAny(_ended, WorkContext.Of(timeUp)).ConfigureAwait(WorkContext.IsCurrent);
        alarm.Clear();
        foreach (WorkerLoop loop in _loops)
        {
            if (loop.Call is { } call)
            {
                _subscription.CancelLost(call);
            }
        }

        // A call that ends at its cancellation settles nothing: its message returns with the port's other leases.
        _subscription.Close(_port);
        if (_context.Writer is { } writer)
        {
            // Nobody waited for the acks of the handler; whoever disposes it may rely on them.
            await writer.FlushAsync().ConfigureAwait(WorkContext.IsCurrent);
        }

        _ambient.End();
    }

    private async Task RunAsync(WorkerLoop loop)
    {
        // Never on the thread of the caller who starts the worker.
        await Task.CompletedTask.ConfigureAwait(WorkContext.With(ConfigureAwaitOptions.ForceYielding));
        while (!_stopping.IsCancellationRequested)
        {
            if (TryBegin(loop, out ValueTask<bool> calling))
            {
                loop.End(await calling.ConfigureAwait(WorkContext.IsCurrent));
                if (!Thread.CurrentThread.IsThreadPoolThread && !WorkContext.IsCurrent)
                {
                    // A thread of the application has completed the handler. It must not run the next one.
                    await Task.CompletedTask.ConfigureAwait(WorkContext.With(ConfigureAwaitOptions.ForceYielding));
                }

                continue;
            }

            try
            {
                if (!await _subscription.WaitAsync(_stopping.Token).ConfigureAwait(WorkContext.IsCurrent))
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
    /// <param name="loop">The loop.</param>
    /// <param name="calling">The handling that is still going on. It gives whether the lease is settled.</param>
    /// <returns>Whether there is one. Otherwise there is no message, or the worker stops.</returns>
    private bool TryBegin(WorkerLoop loop, out ValueTask<bool> calling)
    {
        long processing = _options.MaxProcessingTime.Ticks;
        while (!_stopping.IsCancellationRequested && _subscription.TryReserve(_port, out long number))
        {
            ref readonly Lease lease = ref _subscription.Show(number);
            LogCursor? toMark = lease.Item.ToMark;
            Delivery<T> delivery = BodyReader.ToDelivery<T>(_context, lease, _subscription, out BodyFormatException? failure);
            CancellationTokenSource call = loop.Begin();
            if (!_subscription.TryGrant(_port, number, processing, call))
            {
                loop.End(isSettled: false);
                break;
            }

            _context.Observer?.OnDelivered(_subscription.Name, delivery);
            if (failure is not null)
            {
                _subscription.Reject(delivery.Token, DeadLetterReason.Unreadable, SafeText.Of(failure));
                loop.End(isSettled: true);
                continue;
            }

            if (_options.AckMode != AckMode.OnReturn || toMark is not null)
            {
                calling = PrepareAndCallAsync(delivery, toMark, call);
                return true;
            }

            if (!Invoke(delivery, call.Token, out ValueTask handling))
            {
                calling = FinishAsync(handling, delivery, call);
                return true;
            }

            loop.End(_subscription.Ack(delivery.Token));
        }

        calling = default;
        return false;
    }

    /// <summary>Calls the handler, in a context with nobody's ambient state. What it leaves on this thread is put back.</summary>
    /// <returns>Whether it has returned in good order.</returns>
    [SuppressMessage("Design", "CA1031", Justification = "Whatever a handler throws is a failure of the message.")]
    private bool Invoke(in Delivery<T> delivery, CancellationToken cancellationToken, out ValueTask handling)
    {
        bool isDone;
        _ambient.Restore();
        try
        {
            handling = _handler(delivery, cancellationToken);
            isDone = handling.IsCompletedSuccessfully;
        }
        catch (Exception exception)
        {
            handling = ValueTask.FromException(exception);
            isDone = false;
        }

        _ambient.Restore();
        return isDone;
    }

    private async ValueTask<bool> PrepareAndCallAsync(Delivery<T> delivery, LogCursor? toMark, CancellationTokenSource call)
    {
        if (!await PrepareAsync(delivery.Token, toMark).ConfigureAwait(WorkContext.IsCurrent))
        {
            return false;
        }

        Invoke(delivery, call.Token, out ValueTask handling);
        return await FinishAsync(handling, delivery, call).ConfigureAwait(WorkContext.IsCurrent);
    }

    /// <summary>Acks or marks a delivery in the store before it is handled.</summary>
    /// <returns>Whether it may be handled.</returns>
    private async ValueTask<bool> PrepareAsync(DeliveryToken token, LogCursor? toMark)
    {
        try
        {
            return await _subscription.ConfirmAsync(token, toMark, _options.AckMode == AckMode.OnReceive).ConfigureAwait(WorkContext.IsCurrent);
        }
        catch (Exception exception) when (exception is StoreException or ObjectDisposedException)
        {
            // The store does not know of the delivery: it must not begin.
            return false;
        }
    }

    /// <summary>Waits for a running handler and settles by its outcome.</summary>
    [SuppressMessage("Design", "CA1031", Justification = "Whatever a handler throws is a failure of the message.")]
    private async ValueTask<bool> FinishAsync(ValueTask handling, Delivery<T> delivery, CancellationTokenSource call)
    {
        try
        {
            await handling.ConfigureAwait(WorkContext.IsCurrent);
        }
        catch (Exception exception)
        {
            return EndFailed(exception, delivery, call);
        }

        if (_options.AckMode == AckMode.Manual)
        {
            // What the handler left unsettled keeps its source for the time when the lease ends.
            _subscription.EndRenewal(delivery.Token);
            return false;
        }

        return _options.AckMode == AckMode.OnReceive || _subscription.Ack(delivery.Token);
    }

    /// <summary>Settles the message of a handler that has thrown.</summary>
    /// <returns>Whether the lease was held and is settled.</returns>
    private bool EndFailed(Exception exception, in Delivery<T> delivery, CancellationTokenSource call)
    {
        if (_stopping.IsCancellationRequested)
        {
            // The handler was asked to stop: whatever it throws, the message is not to blame.
            if (exception is not OperationCanceledException)
            {
                EngineLog.HandlerStopped(
                    _context.Logger, exception, _subscription.Name, delivery.Sequence, delivery.MessageId, delivery.Destination);
            }

            return _subscription.Return(delivery.Token);
        }

        if (call.IsCancellationRequested && exception is OperationCanceledException)
        {
            // The lease is lost, and its end was the failure.
            return false;
        }

        EngineLog.HandlerFailed(
            _context.Logger, exception, _subscription.Name, delivery.Sequence, delivery.Destination, delivery.Attempt);
        return _subscription.Fail(delivery.Token, SafeText.Of(exception)) != Settlement.LeaseLost;
    }
}
