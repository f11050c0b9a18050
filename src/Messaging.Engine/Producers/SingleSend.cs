using Messaging.Calls;
using Messaging.Diagnostics;

namespace Messaging.Producers;

/// <summary>One message with an id on its way alone, with a commit of its own.</summary>
internal readonly struct SingleSend(SendPlan plan)
{
    private Destination Destination => plan.Destination;

    /// <summary>Sends a message whose id its sender gave, unless it is a repetition.</summary>
    public async ValueTask<Receipt> RunOnceAsync(CancellationToken cancellationToken)
    {
        await plan.AfterCancelAsync(cancellationToken).ConfigureAwait(WorkContext.IsCurrent);
        while (plan.Begin() is { } earlier)
        {
            await WorkContext.Of((Task)earlier).WaitAsync(cancellationToken)
                .ConfigureAwait(WorkContext.With(ConfigureAwaitOptions.SuppressThrowing));
            cancellationToken.ThrowIfCancellationRequested();
            if (earlier.IsCompletedSuccessfully)
            {
                return Destination.Repeat(await earlier.ConfigureAwait(WorkContext.IsCurrent));
            }
        }

        // Once accepted, the send goes on for those who repeat it, even if this caller no longer waits.
        Task<Receipt> send = SendBegunAsync(cancellationToken);
        return await send.WaitAsync(cancellationToken).ConfigureAwait(WorkContext.IsCurrent);
    }

    private async Task<Receipt> SendBegunAsync(CancellationToken cancellationToken)
    {
        try
        {
            // The id must be remembered, or forgotten, by the outcome of the commit, even if the caller no longer waits.
            ValueTask<Receipt> send = plan.IsDelayed
                ? ScheduleAsync(CancellationToken.None)
                : Destination.EnterAndAppendAsync(plan.Record, plan.Id, plan.Ordinal, room: cancellationToken, commit: CancellationToken.None);
            return plan.Confirm(await send.ConfigureAwait(WorkContext.IsCurrent));
        }
        catch (Exception exception)
        {
            plan.Forget(exception);
            throw;
        }
    }

    /// <summary>Sends a message that enters its log later.</summary>
    /// <param name="cancellationToken">Ends the wait for the commit, which goes on.</param>
    public async ValueTask<Receipt> ScheduleAsync(CancellationToken cancellationToken)
    {
        MessageId id = plan.Id!.Value;
        try
        {
            Task added = Destination.Scheduled.AddAsync(id, Destination.Log, plan.Draft.Due, plan.Record, plan.Ordinal);
            await (cancellationToken.CanBeCanceled ? WorkContext.Of(added).WaitAsync(cancellationToken) : added).ConfigureAwait(WorkContext.IsCurrent);
            return new Receipt(id, 0, Destination.Log.Durability, IsDuplicate: false);
        }
        catch (StoreOutcomeUnknownException exception)
        {
            throw UnknownOutcome.Of(exception, [id]);
        }
    }
}
