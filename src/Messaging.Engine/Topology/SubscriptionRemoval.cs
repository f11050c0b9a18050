using Messaging.Cursors;
using Messaging.Diagnostics;

namespace Messaging.Topology;

/// <summary>The removal of subscriptions, which waits for the store.</summary>
internal static class SubscriptionRemoval
{
    /// <summary>Removes a subscription. Waits until that is stored.</summary>
    /// <returns>Whether there was one, and nobody else has removed it.</returns>
    public static async ValueTask<bool> UnsubscribeAsync(BrokerTopology topology, string name, CancellationToken cancellationToken)
    {
        DestinationName.Validate(name);
        cancellationToken.ThrowIfCancellationRequested();
        var removal = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        TopicSubscription? subscription = topology.BeginRemoval(name, removal.Task, out Task? earlier);
        if (subscription is null)
        {
            return false;
        }

        if (earlier is not null)
        {
            // Somebody else removes it. Until that is stored, the death of the process would bring it back.
            await WorkContext.Of(earlier).WaitAsync(cancellationToken).ConfigureAwait(WorkContext.IsCurrent);
            return false;
        }

        // A caller who no longer waits leaves the removal to its end.
        await WorkContext.Of(RemoveAsync(topology, subscription, removal)).WaitAsync(cancellationToken).ConfigureAwait(WorkContext.IsCurrent);
        return true;
    }

    private static async Task RemoveAsync(BrokerTopology topology, TopicSubscription subscription, TaskCompletionSource removal)
    {
        try
        {
            await subscription.Declared.ConfigureAwait(WorkContext.IsCurrent);
            subscription.Core.Parts.Control.Shut();
            LogCursor[] stored = Detach(subscription);
            if (topology.Context.Writer is { } writer)
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
            topology.EndRemoval(subscription);
            removal.SetResult();
        }
    }

    /// <summary>Takes a subscription's cursors from the logs that live in memory.</summary>
    /// <returns>The cursors of stored logs: what only they need is needed until the store knows that they are gone.</returns>
    private static LogCursor[] Detach(TopicSubscription subscription)
    {
        IReadOnlyList<LogCursor> cursors = subscription.Core.Parts.Logs.Cursors;
        foreach (LogCursor cursor in cursors.Where(static cursor => !cursor.Log.IsStored))
        {
            cursor.Log.Detach(cursor);
        }

        return [.. cursors.Where(static cursor => cursor.Log.IsStored)];
    }
}
