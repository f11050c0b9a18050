using Messaging.Diagnostics;
using Messaging.Testing.Calls;
using Messaging.Testing.Following;

namespace Messaging.Testing.Tested;

/// <summary>A handler that counts as runnable from its call to its end, but while it waits for virtual time or the broker.</summary>
internal sealed class TestedHandler<T>(BrokerSession session, string subscription, Func<Delivery<T>, CancellationToken, ValueTask> handler)
{
    public async ValueTask CallAsync(Delivery<T> delivery, CancellationToken cancellationToken)
    {
        Activity activity = session.Activities.Start();
        activity.Begin(new DeliveryName(subscription, delivery.MessageId, delivery.Attempt));
        Activity.Current = activity;
        try
        {
            if (session.BeforeDelivery is { } before)
            {
                await before(subscription, delivery.Token).ConfigureAwait(WorkContext.IsCurrent);
            }

            await Call(CalledSettler<T>.Wrap(session, delivery), cancellationToken).ConfigureAwait(WorkContext.IsCurrent);
        }
        finally
        {
            session.Activities.Forget(activity);
        }
    }

    /// <summary>Calls the handler. A context that it sets on its thread must not take the broker's own work elsewhere.</summary>
    private ValueTask Call(in Delivery<T> delivery, CancellationToken cancellationToken)
    {
        SynchronizationContext? context = SynchronizationContext.Current;
        try
        {
            return handler(delivery, cancellationToken);
        }
        finally
        {
            SynchronizationContext.SetSynchronizationContext(context);
        }
    }
}
