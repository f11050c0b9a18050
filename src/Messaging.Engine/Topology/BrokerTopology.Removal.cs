using Messaging.Cursors;
using Messaging.Diagnostics;

namespace Messaging.Topology;

/// <content>Removal of subscriptions.</content>
internal sealed partial class BrokerTopology
{
    public async ValueTask<bool> UnsubscribeAsync(string name, CancellationToken cancellationToken)
    {
        DestinationName.Validate(name);
        cancellationToken.ThrowIfCancellationRequested();
        TopicSubscription? subscription;
        var removal = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Task? earlier;
        lock (_gate)
        {
            ThrowIfClosed();
            if (!_subscriptions.TryGetValue(name, out subscription))
            {
                return false;
            }

            earlier = subscription.Removal;
            subscription.Removal ??= removal.Task;
        }

        if (earlier is not null)
        {
            // Somebody else removes it. Until that is stored, the death of the process would bring it back.
            await WorkContext.Of(earlier).WaitAsync(cancellationToken).ConfigureAwait(WorkContext.IsCurrent);
            return false;
        }

        // A caller who no longer waits leaves the removal to its end.
        await WorkContext.Of(RemoveAsync(subscription, removal)).WaitAsync(cancellationToken).ConfigureAwait(WorkContext.IsCurrent);
        return true;
    }

    private async Task RemoveAsync(TopicSubscription subscription, TaskCompletionSource removal)
    {
        try
        {
            await subscription.Declared.ConfigureAwait(WorkContext.IsCurrent);
            subscription.Core.Shut();
            LogCursor[] stored = Detach(subscription);
            if (context.Writer is { } writer)
            {
                List<int> entries = [subscription.Core.Id, subscription.Core.DeadLetters.Log.Id];
                if (subscription.Redriven.Log is { } redriven)
                {
                    entries.Add(redriven.Id);
                }

                await writer.Remove([.. entries], stored).ConfigureAwait(WorkContext.IsCurrent);
            }
        }
        finally
        {
            lock (_gate)
            {
                _subscriptions.Remove(subscription.Name);
            }

            removal.SetResult();
        }
    }

    /// <summary>Takes a subscription's cursors from the logs that live in memory.</summary>
    /// <returns>The cursors of stored logs: what only they need is needed until the store knows that they are gone.</returns>
    private static LogCursor[] Detach(TopicSubscription subscription)
    {
        IReadOnlyList<LogCursor> cursors = subscription.Core.Cursors;
        foreach (LogCursor cursor in cursors.Where(static cursor => !cursor.Log.IsStored))
        {
            cursor.Log.Detach(cursor);
        }

        return [.. cursors.Where(static cursor => cursor.Log.IsStored)];
    }
}
