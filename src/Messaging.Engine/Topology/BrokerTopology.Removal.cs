using Messaging.Cursors;
using Messaging.Storage;

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
        lock (_gate)
        {
            ThrowIfClosed();
            if (!_subscriptions.TryGetValue(name, out subscription) || subscription.Removal is not null)
            {
                return false;
            }

            subscription.Removal = removal.Task;
        }

        // A caller who no longer waits leaves the removal to its end.
        await RemoveAsync(subscription, removal).WaitAsync(cancellationToken).ConfigureAwait(false);
        return true;
    }

    private async Task RemoveAsync(TopicSubscription subscription, TaskCompletionSource removal)
    {
        try
        {
            await subscription.Declared.ConfigureAwait(false);
            subscription.Core.Shut();
            MessageLog[] trimmed = Detach(subscription);
            if (context.Writer is { } writer)
            {
                List<int> entries = [subscription.Core.Id, subscription.Core.DeadLetters.Log.Id];
                if (subscription.Redriven.Log is { } redriven)
                {
                    entries.Add(redriven.Id);
                }

                await writer.Remove([.. entries], trimmed).ConfigureAwait(false);
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

    /// <summary>Takes a subscription's cursors from their logs.</summary>
    /// <returns>The stored logs that others go on reading.</returns>
    private static MessageLog[] Detach(TopicSubscription subscription)
    {
        List<MessageLog> trimmed = [];
        foreach (LogCursor cursor in subscription.Core.Cursors)
        {
            cursor.Log.Detach(cursor);
            if (cursor.IsStored && cursor.Log != subscription.Redriven.Log)
            {
                trimmed.Add(cursor.Log);
            }
        }

        return [.. trimmed];
    }
}
