using Messaging.Diagnostics;

namespace Messaging.Producers;

/// <summary>The plans of one batch by what becomes of them: each is a repetition, is appended, or is scheduled. The receipts are in the batch's order.</summary>
internal sealed class BatchPlans(Destination destination, List<SendPlan> plans)
{
    private readonly List<SendPlan> _appends = [];
    private readonly List<SendPlan> _scheduled = [];
    private readonly List<(SendPlan Plan, Task<Receipt> Earlier)> _repeated = [];

    public Receipt[] Receipts { get; } = new Receipt[plans.Count];

    public IReadOnlyList<SendPlan> Appends => _appends;

    public IReadOnlyList<SendPlan> Scheduled => _scheduled;

    public long SizeOfAppends => _appends.Sum(plan => (long)plan.Record.Size);

    /// <summary>Begins all sends, after the cancels of their ids. <see cref="Forget"/> follows if it fails.</summary>
    public async ValueTask BeginAsync(CancellationToken cancellationToken)
    {
        foreach (SendPlan plan in plans)
        {
            await plan.AfterCancelAsync(cancellationToken).ConfigureAwait(WorkContext.IsCurrent);
        }

        foreach (SendPlan plan in plans)
        {
            if (plan.Begin() is { } earlier)
            {
                _repeated.Add((plan, earlier));
            }
            else
            {
                (plan.IsDelayed ? _scheduled : _appends).Add(plan);
            }
        }
    }

    /// <summary>Ends the sends that would be appended, where nobody reads the log.</summary>
    public void PassBy()
    {
        foreach (SendPlan plan in _appends)
        {
            Receipts[plan.Index] = plan.PassBy();
        }

        _appends.Clear();
    }

    /// <summary>Confirms the appended messages: they lie side by side.</summary>
    public void Confirm(long first)
    {
        for (int i = 0; i < _appends.Count; i++)
        {
            SendPlan plan = _appends[i];
            Receipts[plan.Index] = plan.Confirm(plan.Id ?? destination.Origin.IdOf(destination.Log.Id, first + i), first + i);
        }
    }

    /// <summary>Adds the scheduled messages to the index, and confirms them.</summary>
    /// <param name="keepsRecords">Whether the index holds their records, since no store does.</param>
    public void Schedule(bool keepsRecords)
    {
        foreach (SendPlan plan in _scheduled)
        {
            plan.Schedule(keepsRecords);
            Receipts[plan.Index] = plan.Confirm(plan.Id!.Value, 0);
        }
    }

    /// <summary>Waits for the sends that are repeated.</summary>
    public async ValueTask RepeatAsync(CancellationToken cancellationToken)
    {
        foreach ((SendPlan plan, Task<Receipt> earlier) in _repeated)
        {
            Receipts[plan.Index] = destination.Repeat(await WorkContext.Of(earlier).WaitAsync(cancellationToken).ConfigureAwait(WorkContext.IsCurrent));
        }
    }

    /// <summary>Ends all that have begun as failures.</summary>
    public void Forget(Exception exception)
    {
        foreach (SendPlan plan in _appends.Concat(_scheduled))
        {
            plan.Forget(exception);
        }
    }

    /// <summary>Lists the ids of the batch in its order: those not given follow from the first appended message's, since all lie side by side.</summary>
    public MessageId[] IdsOfAll(StoreOutcomeUnknownException exception)
    {
        long first = exception.MessageIds.Count == 0 ? 0 : destination.Context.SequenceOf(exception.MessageIds[0], destination.Log.Id);
        MessageId[] ids = [.. plans.Select(plan => plan.Id ?? default)];
        for (int i = 0; i < _appends.Count; i++)
        {
            ids[_appends[i].Index] = _appends[i].Id ?? destination.Origin.IdOf(destination.Log.Id, first + i);
        }

        return ids;
    }
}
