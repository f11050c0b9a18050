using Messaging.Bounds;
using Messaging.Calls;
using Messaging.Diagnostics;
using Messaging.Logs;
using Messaging.Records;
using Messaging.Storage;
using Messaging.Writing;

namespace Messaging.Producers;

/// <summary>One batch on its way: everything was checked before anything is sent, and all of it is one commit.</summary>
internal sealed class BatchSend(Destination destination, List<SendPlan> plans)
{
    private readonly Receipt[] _receipts = new Receipt[plans.Count];
    private readonly List<SendPlan> _appends = [];
    private readonly List<SendPlan> _scheduled = [];
    private readonly List<(SendPlan Plan, Task<Receipt> Earlier)> _repeated = [];

    // Once accepted, the commit alone decides about the ids, whether or not the caller still waits.
    private bool _accepted;
    private RoomTicket _ticket;

    private MessageLog Log => destination.Log;

    public async Task<IReadOnlyList<Receipt>> RunAsync(CancellationToken cancellationToken)
    {
        if (plans.Count == 0)
        {
            return _receipts;
        }

        try
        {
            foreach (SendPlan plan in plans)
            {
                await plan.AfterCancelAsync(cancellationToken).ConfigureAwait(WorkContext.IsCurrent);
            }

            plans.ForEach(Begin);
            await SendAsync(cancellationToken).ConfigureAwait(WorkContext.IsCurrent);
        }
        catch (Exception exception)
        {
            if (!_accepted)
            {
                Forget(exception);
            }

            throw;
        }

        foreach ((SendPlan plan, Task<Receipt> earlier) in _repeated)
        {
            _receipts[plan.Index] = destination.Repeat(await WorkContext.Of(earlier).WaitAsync(cancellationToken).ConfigureAwait(WorkContext.IsCurrent));
        }

        return _receipts;
    }

    private void Begin(SendPlan plan)
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

    private async ValueTask SendAsync(CancellationToken cancellationToken)
    {
        if (!destination.KeepsMessages)
        {
            _appends.ForEach(plan => _receipts[plan.Index] = plan.PassBy());
            _appends.Clear();
        }

        MessageId[] scheduled = [.. _scheduled.Select(plan => plan.Id!.Value)];
        await destination.Scheduled.ReserveAsync(scheduled, cancellationToken).ConfigureAwait(WorkContext.IsCurrent);
        try
        {
            _ticket = await destination.Admission.EnterAsync(_appends.Count, SizeOfAppends(), cancellationToken).ConfigureAwait(WorkContext.IsCurrent);
            // From here on the batch is accepted; a caller who goes away leaves it to its end.
            _accepted = true;
            Task commit = destination.Context.WriterOf(Log) is { } writer ? StoreAsync(writer) : AppendInMemory();
            await WorkContext.Of(commit).WaitAsync(cancellationToken).ConfigureAwait(WorkContext.IsCurrent);
        }
        finally
        {
            destination.Scheduled.Index.Unreserve(scheduled);
        }
    }

    private Task AppendInMemory()
    {
        if (_appends.Count > 0)
        {
            Record[] records = [.. _appends.Select(plan => plan.Record)];
            Appended appended = Log.Add(records, _ticket);
            appended.Announce(_ticket);
            Confirm(appended.First);
        }

        Schedule(keepsRecords: true);
        return Task.CompletedTask;
    }

    private async Task StoreAsync(StoreWriter writer)
    {
        Receipt first;
        bool queued = false;
        try
        {
            ValueTask<Receipt> send = writer.AppendBatch(
                Log,
                [.. _appends.Select(plan => plan.ToAppend(_ticket))],
                [.. _scheduled.Select(plan => plan.ToScheduled())],
                [.. _scheduled.Select(plan => plan.ToRemembered()).OfType<StoreMessageId>()]);
            queued = true;
            first = await send.ConfigureAwait(WorkContext.IsCurrent);
        }
        catch (Exception exception) when (exception is StoreException or ObjectDisposedException)
        {
            if (!queued)
            {
                Log.GiveBack(_ticket, _appends.Count, SizeOfAppends());
            }

            Forget(exception);
            if (exception is StoreOutcomeUnknownException unknown)
            {
                throw UnknownOutcome.Of(unknown.InnerException ?? unknown, IdsOfAll(unknown));
            }

            throw;
        }

        Confirm(first.Sequence);
        Schedule(keepsRecords: false);
    }

    /// <summary>Lists the ids of the batch in its order: those not given follow from the first appended message's, since all lie side by side.</summary>
    private MessageId[] IdsOfAll(StoreOutcomeUnknownException exception)
    {
        long first = exception.MessageIds.Count == 0 ? 0 : destination.Context.SequenceOf(exception.MessageIds[0], Log.Id);
        MessageId[] ids = [.. plans.Select(plan => plan.Id ?? default)];
        for (int i = 0; i < _appends.Count; i++)
        {
            ids[_appends[i].Index] = _appends[i].Id ?? destination.IdOf(first + i);
        }

        return ids;
    }

    private long SizeOfAppends() => _appends.Sum(plan => (long)plan.Record.Size);

    /// <summary>Confirms the appended messages: they lie side by side.</summary>
    private void Confirm(long first)
    {
        for (int i = 0; i < _appends.Count; i++)
        {
            SendPlan plan = _appends[i];
            _receipts[plan.Index] = plan.Confirm(plan.Id ?? destination.IdOf(first + i), first + i);
        }
    }

    private void Schedule(bool keepsRecords)
    {
        foreach (SendPlan plan in _scheduled)
        {
            plan.Schedule(keepsRecords);
            _receipts[plan.Index] = plan.Confirm(plan.Id!.Value, 0);
        }
    }

    private void Forget(Exception exception)
    {
        foreach (SendPlan plan in _appends.Concat(_scheduled))
        {
            plan.Forget(exception);
        }
    }
}
