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
    private readonly BatchPlans _plans = new(destination, plans);

    // Once accepted, the commit alone decides about the ids, whether or not the caller still waits.
    private bool _accepted;
    private RoomTicket _ticket;

    private MessageLog Log => destination.Log;

    public async Task<IReadOnlyList<Receipt>> RunAsync(CancellationToken cancellationToken)
    {
        if (_plans.Receipts.Length == 0)
        {
            return _plans.Receipts;
        }

        try
        {
            await _plans.BeginAsync(cancellationToken).ConfigureAwait(WorkContext.IsCurrent);
            await SendAsync(cancellationToken).ConfigureAwait(WorkContext.IsCurrent);
        }
        catch (Exception exception)
        {
            if (!_accepted)
            {
                _plans.Forget(exception);
            }

            throw;
        }

        await _plans.RepeatAsync(cancellationToken).ConfigureAwait(WorkContext.IsCurrent);
        return _plans.Receipts;
    }

    private async ValueTask SendAsync(CancellationToken cancellationToken)
    {
        if (!destination.KeepsMessages)
        {
            _plans.PassBy();
        }

        MessageId[] scheduled = [.. _plans.Scheduled.Select(plan => plan.Id!.Value)];
        await destination.Scheduled.ReserveAsync(scheduled, cancellationToken).ConfigureAwait(WorkContext.IsCurrent);
        try
        {
            _ticket = await destination.Admission.EnterAsync(_plans.Appends.Count, _plans.SizeOfAppends, cancellationToken).ConfigureAwait(WorkContext.IsCurrent);
            // From here on the batch is accepted; a caller who goes away leaves it to its end.
            _accepted = true;
            Task commit = destination.Writer is { } writer ? StoreAsync(writer) : AppendInMemory();
            await WorkContext.Of(commit).WaitAsync(cancellationToken).ConfigureAwait(WorkContext.IsCurrent);
        }
        finally
        {
            destination.Scheduled.Index.Unreserve(scheduled);
        }
    }

    private Task AppendInMemory()
    {
        if (_plans.Appends.Count > 0)
        {
            Record[] records = [.. _plans.Appends.Select(plan => plan.Record)];
            Appended appended = Log.Add(records, _ticket);
            appended.Announce(_ticket);
            _plans.Confirm(appended.First);
        }

        _plans.Schedule(keepsRecords: true);
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
                [.. _plans.Appends.Select(plan => plan.ToAppend(_ticket))],
                [.. _plans.Scheduled.Select(plan => plan.ToScheduled())],
                [.. _plans.Scheduled.Select(plan => plan.ToRemembered()).OfType<StoreMessageId>()]);
            queued = true;
            first = await send.ConfigureAwait(WorkContext.IsCurrent);
        }
        catch (Exception exception) when (exception is StoreException or ObjectDisposedException)
        {
            if (!queued)
            {
                Log.GiveBack(_ticket, _plans.Appends.Count, _plans.SizeOfAppends);
            }

            _plans.Forget(exception);
            if (exception is StoreOutcomeUnknownException unknown)
            {
                throw UnknownOutcome.Of(unknown.InnerException ?? unknown, _plans.IdsOfAll(unknown));
            }

            throw;
        }

        _plans.Confirm(first.Sequence);
        _plans.Schedule(keepsRecords: false);
    }
}
