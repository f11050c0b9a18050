using System.Diagnostics.CodeAnalysis;
using Messaging.Context;
using Messaging.Cursors;
using Messaging.Diagnostics;
using Messaging.Subscriptions;

namespace Messaging.Workers;

/// <summary>The calls of a worker's handler, and what their outcome means for the message.</summary>
internal sealed class HandlerCalls<T>(
    BrokerContext context,
    Subscription subscription,
    Func<Delivery<T>, CancellationToken, ValueTask> handler,
    AckMode ackMode,
    HandlerContext ambient,
    CancellationTokenSource stopping)
{
    /// <summary>Calls the handler, in a context with nobody's ambient state. What it leaves on this thread is put back before the next call, and before the loop waits.</summary>
    /// <returns>What is left of it; <see langword="null"/> if it has returned in good order.</returns>
    [SuppressMessage("Design", "CA1031", Justification = "Whatever a handler throws is a failure of the message.")]
    public Task? Invoke(in Delivery<T> delivery, CancellationToken cancellationToken)
    {
        Task? rest = null;
        ambient.Restore();
        try
        {
            ValueTask handling = handler(delivery, cancellationToken);
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
            ambient.Restore();
        }

        return rest;
    }

    public async ValueTask<bool> PrepareAndCallAsync(Delivery<T> delivery, LogCursor? toMark, CancellationTokenSource call)
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
            return await subscription.Parts.Returning.ConfirmAsync(token, toMark, ackMode == AckMode.OnReceive).ConfigureAwait(WorkContext.IsCurrent);
        }
        catch (Exception exception) when (exception is StoreException or ObjectDisposedException)
        {
            // The store does not know of the delivery: it must not begin.
            return false;
        }
    }

    /// <summary>Waits for a running handler and settles by its outcome.</summary>
    [SuppressMessage("Design", "CA1031", Justification = "Whatever a handler throws is a failure of the message.")]
    public async ValueTask<bool> FinishAsync(Task handling, Delivery<T> delivery, CancellationTokenSource call)
    {
        try
        {
            await handling.ConfigureAwait(WorkContext.IsCurrent);
        }
        catch (Exception exception)
        {
            return EndFailed(exception, delivery, call);
        }

        if (ackMode == AckMode.Manual)
        {
            // What the handler left unsettled keeps its source for the time when the lease ends.
            subscription.Parts.Settling.EndRenewal(delivery.Token);
            return false;
        }

        return ackMode == AckMode.OnReceive || subscription.Parts.Settling.Ack(delivery.Token);
    }

    /// <summary>Settles the message of a handler that has thrown.</summary>
    /// <returns>Whether the lease was held and is settled.</returns>
    private bool EndFailed(Exception exception, in Delivery<T> delivery, CancellationTokenSource call)
    {
        if (stopping.IsCancellationRequested)
        {
            // The handler was asked to stop: whatever it throws, the message is not to blame.
            if (exception is not OperationCanceledException)
            {
                EngineLog.HandlerStopped(
                    context.Logger, exception, subscription.Name, delivery.Sequence, delivery.MessageId, delivery.Destination);
            }

            return subscription.Parts.Returning.Return(delivery.Token);
        }

        if (call.IsCancellationRequested && exception is OperationCanceledException)
        {
            // The lease is lost, and its end was the failure.
            return false;
        }

        EngineLog.HandlerFailed(
            context.Logger, exception, subscription.Name, delivery.Sequence, delivery.Destination, delivery.Attempt);
        return subscription.Parts.Failing.Fail(delivery.Token, SafeText.Of(exception)) != Settlement.LeaseLost;
    }
}
