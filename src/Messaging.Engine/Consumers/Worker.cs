using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using Messaging.Cursors;
using Messaging.Diagnostics;
using Messaging.Leases;
using Messaging.Scheduling;
using Messaging.State;
using Messaging.Subscriptions;

namespace Messaging.Consumers;

/// <summary>A running handler: as many loops as may run at once, each taking, calling and settling.</summary>
/// <remarks>A loop ends when the worker stops, and never before. Any other exception than the handler's is logged; the message in hand returns,
/// and the loop goes on.</remarks>
internal sealed class Worker<T> : ITrackedWorker, IDisposable
{
    private static readonly TimeSpan _pauseAfterFailure = TimeSpan.FromSeconds(1);

    private readonly BrokerContext _context;
    private readonly Subscription _subscription;
    private readonly Func<Delivery<T>, CancellationToken, ValueTask> _handler;
    private readonly HandlerOptions _options;
    private readonly ConsumerPort _port;
    private readonly HandlerContext _ambient;
    private readonly CancellationTokenSource _stopping = new();
    private readonly WorkerLoops _loops;
    private readonly RunOnce _stopped = new();
    private long _loopFailures;

    public Worker(
        BrokerContext context, Subscription subscription, Func<Delivery<T>, CancellationToken, ValueTask> handler, HandlerOptions options)
    {
        _context = context;
        _subscription = subscription;
        _handler = handler;
        _options = options;
        _port = new ConsumerPort(options.LeaseDuration, options.Prefetch, options.Retry);
        _ambient = new HandlerContext(this, context);
        _loops = new WorkerLoops(context, subscription.Name, options);
        subscription.Consumers.Open(_port);
    }

    public int Running => _loops.Running;

    public int Overdue => _loops.Overdue;

    public bool IsStopped => _stopped.IsDone;

    /// <summary>Starts the loops. One that was stopped before ends at once.</summary>
    public void Start() => _ambient.Run(
        static worker =>
        {
            var self = (Worker<T>)worker!;
            foreach (WorkerLoop loop in self._loops.All)
            {
                _ = self.RunAsync(loop);
            }
        },
        this);

    /// <summary>Gives up a worker that was never started.</summary>
    public void Abandon() => _subscription.Consumers.Close(_port);

    public ValueTask DisposeAsync() => _stopped.RunAsync(
        StopAsync, HandlerContext.IsWithin(this), exception => EngineLog.StopFailed(_context.Logger, exception, $"worker of '{_subscription.Name}'"));

    /// <summary>For containers, which refuse to end without it.</summary>
    public void Dispose() => BlockingDisposal.Of(DisposeAsync);

    public override string ToString() => $"{TypeName.Of("Handler", typeof(T))} of '{_subscription.Name}'";

    private async Task StopAsync()
    {
        await WorkContext.CancelAsync(_stopping).ConfigureAwait(WorkContext.IsCurrent);
        Task timeUp = _context.Scheduler.DelayAsync(_options.ShutdownTimeout, out Alarm alarm);
        await Task.WhenAny(WorkContext.Of(_loops.Ended), WorkContext.Of(timeUp)).ConfigureAwait(WorkContext.IsCurrent);
        alarm.Clear();
        foreach (WorkerLoop loop in _loops.All)
        {
            if (loop.Call is { } call)
            {
                _subscription.Settling.CancelLost(call);
            }
        }

        // A call that ends at its cancellation settles nothing: its message returns with the port's other leases.
        _subscription.Consumers.Close(_port);
        if (_context.Writer is { } writer)
        {
            // Nobody waited for the acks of the handler; whoever disposes it may rely on them.
            await writer.FlushAsync().ConfigureAwait(WorkContext.IsCurrent);
        }

        _ambient.End();
    }

    [SuppressMessage("Design", "CA1031", Justification = "Whatever is thrown, the loop goes on.")]
    private async Task RunAsync(WorkerLoop loop)
    {
        // Never on the thread of the caller who starts the worker.
        await Task.CompletedTask.ConfigureAwait(WorkContext.With(ConfigureAwaitOptions.ForceYielding));
        while (!_stopping.IsCancellationRequested)
        {
            Exception? failure = null;
            try
            {
                if (TryBegin(loop, out ValueTask<bool> calling))
                {
                    loop.End(await calling.ConfigureAwait(WorkContext.IsCurrent));
                    if (!Thread.CurrentThread.IsThreadPoolThread && !WorkContext.IsCurrent)
                    {
                        // A thread of the application has completed the handler. It must not run the next one.
                        await Task.CompletedTask.ConfigureAwait(WorkContext.With(ConfigureAwaitOptions.ForceYielding));
                    }
                }
                else if (!await _subscription.WaitAsync(_stopping.Token).ConfigureAwait(WorkContext.IsCurrent))
                {
                    break;
                }
            }
            catch (Exception exception) when (IsEnd(exception))
            {
                break;
            }
            catch (Exception exception)
            {
                failure = exception;
            }

            if (failure is not null)
            {
                await RecoverAsync(loop, failure).ConfigureAwait(WorkContext.IsCurrent);
            }
        }

        _loops.OnEnded();
    }

    /// <summary>Tells whether the loop is to end: the worker stops, or the store has failed and what is handled now could not be acknowledged.</summary>
    private bool IsEnd(Exception exception) => exception switch
    {
        OperationCanceledException => _stopping.IsCancellationRequested,
        StoreException => _subscription.Failure is not null,
        _ => false,
    };

    /// <summary>Gives back what a loop had in hand, and lets it rest for a while.</summary>
    [SuppressMessage("Design", "CA1031", Justification = "What fails here may be the log itself; the loop goes on.")]
    private async Task RecoverAsync(WorkerLoop loop, Exception failure)
    {
        long number = loop.Number;
        loop.End(isSettled: false);
        _ambient.Restore();
        try
        {
            if (number != 0)
            {
                _subscription.Consumers.PutOff(number);
            }

            EngineLog.LoopFailed(_context.Logger, failure, _subscription.Name, Interlocked.Increment(ref _loopFailures), _pauseAfterFailure);
        }
        catch (Exception)
        {
            // What has failed may be the log.
        }

        var stopped = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using CancellationTokenRegistration registration = _stopping.Token.UnsafeRegister(
            static stopped => ((TaskCompletionSource)stopped!).TrySetResult(), stopped);
        Task pause = _context.Scheduler.DelayAsync(_pauseAfterFailure, out Alarm alarm);
        await Task.WhenAny(WorkContext.Of(stopped.Task), WorkContext.Of(pause)).ConfigureAwait(WorkContext.IsCurrent);
        alarm.Clear();
    }

    /// <summary>Handles messages for as long as handlers return at once, without a state machine.</summary>
    /// <param name="loop">The loop.</param>
    /// <param name="calling">The handling that is still going on. It gives whether the lease is settled.</param>
    /// <returns>Whether there is one. Otherwise there is no message, or the worker stops.</returns>
    private bool TryBegin(WorkerLoop loop, out ValueTask<bool> calling)
    {
        while (!_stopping.IsCancellationRequested && _subscription.TryReserve(_port, out loop.Number))
        {
            ref readonly Lease lease = ref _subscription.Show(loop.Number);
            LogCursor? toMark = lease.Item.ToMark;
            Delivery<T> delivery = BodyReader.ToDelivery<T>(_context, lease, _subscription, out bool isUnread);
            bool mayCall = isUnread
                ? TryGrantAndRead(loop, lease, out delivery)
                : TryGrant(loop, delivery.MessageId, delivery.Sequence, delivery.Destination);
            if (!mayCall)
            {
                continue;
            }

            _context.Observer?.OnDelivered(_subscription.Name, delivery);
            CancellationTokenSource call = loop.Call!;
            if (_options.AckMode != AckMode.OnReturn || toMark is not null)
            {
                calling = PrepareAndCallAsync(delivery, toMark, call);
                return true;
            }

            if (Invoke(delivery, call.Token) is { } handling)
            {
                calling = FinishAsync(handling, delivery, call);
                return true;
            }

            loop.End(_subscription.Settling.Ack(delivery.Token));
        }

        _ambient.Restore();
        calling = default;
        return false;
    }

    /// <summary>Leases the message in hand, which counts as being handled from here on.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool TryGrant(WorkerLoop loop, MessageId id, long sequence, string destination)
    {
        long now = _context.Clock.NowFor(_port.Leases.Duration);
        long processing = _options.MaxProcessingTime.Ticks;
        // Both are days at the most, so the sum stays far from the last time there is.
        long until = now + processing;
        loop.Begin(until, id, sequence, destination);
        if (!_subscription.TryGrant(_port, loop.Number, now, processing, loop.Source()))
        {
            loop.End(isSettled: false);
            return false;
        }

        _loops.Watch(until);
        return true;
    }

    /// <summary>Leases the message in hand, and reads its body under the lease: so a serializer that hangs is a call that is over its time.</summary>
    /// <returns>Whether it is to be handled. A body that cannot be read is dead-lettered, and one whose lease is lost by now is somebody else's.</returns>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private bool TryGrantAndRead(WorkerLoop loop, in Lease lease, out Delivery<T> delivery)
    {
        UnreadMessage message = BodyReader.Open(_context, lease);
        DeliveryInfo info = message.Info;
        if (!TryGrant(loop, info.MessageId, info.Sequence, info.Destination))
        {
            delivery = default;
            return false;
        }

        delivery = BodyReader.Read<T>(message, _context.Options.Serializer, _subscription, out BodyFormatException? failure);
        if (failure is not null)
        {
            _context.Observer?.OnDelivered(_subscription.Name, delivery);
            _subscription.Settling.Reject(delivery.Token, DeadLetterReason.Unreadable, SafeText.Of(failure));
        }
        else if (!loop.Call!.IsCancellationRequested)
        {
            return true;
        }

        loop.End(isSettled: false);
        return false;
    }

    /// <summary>Calls the handler, in a context with nobody's ambient state. What it leaves on this thread is put back before the next call, and before the loop waits.</summary>
    /// <returns>What is left of it; <see langword="null"/> if it has returned in good order.</returns>
    [SuppressMessage("Design", "CA1031", Justification = "Whatever a handler throws is a failure of the message.")]
    private Task? Invoke(in Delivery<T> delivery, CancellationToken cancellationToken)
    {
        Task? rest = null;
        _ambient.Restore();
        try
        {
            ValueTask handling = _handler(delivery, cancellationToken);
            if (handling.IsCompletedSuccessfully)
            {
                handling.GetAwaiter().GetResult();
            }
            else
            {
                // As a task, since a source of the handler's own may throw when it is asked to go on, which an await could not catch.
                rest = handling.AsTask();
            }
        }
        catch (Exception exception)
        {
            rest = Task.FromException(exception);
        }

        if (rest is not null)
        {
            // Who waits for it must not hold what the handler has left here.
            _ambient.Restore();
        }

        return rest;
    }

    private async ValueTask<bool> PrepareAndCallAsync(Delivery<T> delivery, LogCursor? toMark, CancellationTokenSource call)
    {
        if (!await PrepareAsync(delivery.Token, toMark).ConfigureAwait(WorkContext.IsCurrent))
        {
            return false;
        }

        Task handling = Invoke(delivery, call.Token) ?? Task.CompletedTask;
        return await FinishAsync(handling, delivery, call).ConfigureAwait(WorkContext.IsCurrent);
    }

    /// <summary>Acks or marks a delivery in the store before it is handled.</summary>
    /// <returns>Whether it may be handled.</returns>
    private async ValueTask<bool> PrepareAsync(DeliveryToken token, LogCursor? toMark)
    {
        try
        {
            return await _subscription.Consumers.ConfirmAsync(token, toMark, _options.AckMode == AckMode.OnReceive).ConfigureAwait(WorkContext.IsCurrent);
        }
        catch (Exception exception) when (exception is StoreException or ObjectDisposedException)
        {
            // The store does not know of the delivery: it must not begin.
            return false;
        }
    }

    /// <summary>Waits for a running handler and settles by its outcome.</summary>
    [SuppressMessage("Design", "CA1031", Justification = "Whatever a handler throws is a failure of the message.")]
    private async ValueTask<bool> FinishAsync(Task handling, Delivery<T> delivery, CancellationTokenSource call)
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
            _subscription.Settling.EndRenewal(delivery.Token);
            return false;
        }

        return _options.AckMode == AckMode.OnReceive || _subscription.Settling.Ack(delivery.Token);
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

            return _subscription.Consumers.Return(delivery.Token);
        }

        if (call.IsCancellationRequested && exception is OperationCanceledException)
        {
            // The lease is lost, and its end was the failure.
            return false;
        }

        EngineLog.HandlerFailed(
            _context.Logger, exception, _subscription.Name, delivery.Sequence, delivery.Destination, delivery.Attempt);
        return _subscription.Failing.Fail(delivery.Token, SafeText.Of(exception)) != Settlement.LeaseLost;
    }
}
