using Messaging.Bounds;
using Messaging.Diagnostics;
using Messaging.Logs;
using Messaging.Records;
using Messaging.Scheduling;
using Messaging.Storage;
using Messaging.Subscriptions;
using Messaging.Writing;

namespace Messaging.Producers;

/// <summary>One batch on its way: everything is checked before anything is sent, and all of it is one commit.</summary>
/// <remarks>The messages are the broker's own copy: a collection of the user's may give something else each time that it is read.</remarks>
internal sealed class BatchSend<T>(Destination destination, List<Message<T>> messages)
{
    private readonly Receipt[] _receipts = new Receipt[messages.Count];
    private readonly List<Draft> _appends = [];
    private readonly List<Draft> _scheduled = [];
    private readonly List<(int Index, Task<Receipt> Earlier)> _repeated = [];

    // Once accepted, the commit alone decides about the ids, whether or not the caller still waits.
    private bool _accepted;
    private RoomTicket _ticket;

    private BrokerContext Context => destination.Context;

    private MessageLog Log => destination.Log;

    public async Task<IReadOnlyList<Receipt>> RunAsync(CancellationToken cancellationToken)
    {
        if (messages.Count == 0)
        {
            return _receipts;
        }

        List<Draft> drafts = Encode();
        try
        {
            foreach (Draft draft in drafts.Where(draft => draft.IsNamed))
            {
                await destination.AfterCancelAsync(draft.Id!.Value, cancellationToken).ConfigureAwait(WorkContext.IsCurrent);
            }

            drafts.ForEach(Sort);

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

        foreach ((int index, Task<Receipt> earlier) in _repeated)
        {
            _receipts[index] = destination.Repeat(await WorkContext.Of(earlier).WaitAsync(cancellationToken).ConfigureAwait(WorkContext.IsCurrent));
        }

        return _receipts;
    }

    private List<Draft> Encode()
    {
        var drafts = new List<Draft>(messages.Count);
        bool serialize = destination.Serializes;
        bool isPlain = MessageEncoder.IsPlain(typeof(T));
        foreach (Message<T> message in messages)
        {
            SendOptions? options = message.Options;
            bool delayed = options is not null && options.Delay > TimeSpan.Zero;
            MessageHeaders? headers = MessageEncoder.CheckHeaders(Context.Options, options?.Headers);
            MessageId? id = options?.MessageId ?? (delayed ? Context.NextLooseId() : null);
            long due = delayed ? DueTime.After(Context.Clock.Now, options!.Delay.Ticks) : 0;
            MessageExtras? extras = headers is null && id is null ? null : new MessageExtras { Headers = headers, Id = id, AgesFrom = due };
            Record record = MessageEncoder.Encode(Context, message.Body, extras, serialize, isPlain);
            drafts.Add(new Draft(drafts.Count, record, id, due, options?.MessageId is not null));
        }

        return drafts;
    }

    private void Sort(Draft draft)
    {
        if (draft.IsNamed && destination.FindRepeated(draft.Id!.Value) is { } repeated)
        {
            _repeated.Add((draft.Index, Task.FromResult(repeated)));
            return;
        }

        if (draft.IsNamed)
        {
            Task<Receipt>? earlier = destination.Window.Begin(Log.Id, draft.Id!.Value, draft.Send, out long ordinal, isScheduled: draft.Due > 0);
            draft.Ordinal = ordinal;
            if (earlier is not null)
            {
                _repeated.Add((draft.Index, earlier));
                return;
            }
        }

        (draft.Due > 0 ? _scheduled : _appends).Add(draft);
    }

    private async ValueTask SendAsync(CancellationToken cancellationToken)
    {
        if (!destination.KeepsMessages)
        {
            foreach (Draft draft in _appends)
            {
                Confirm(draft, draft.Id ?? Context.NextLooseId(), 0);
                if (draft.Ordinal != 0)
                {
                    // Nobody keeps it, so a repetition is no duplicate.
                    destination.Window.Forget(Log.Id, draft.Id!.Value, draft.Ordinal);
                }
            }

            _appends.Clear();
        }

        MessageId[] scheduled = [.. _scheduled.Select(draft => draft.Id!.Value)];
        await destination.Scheduled.ReserveAsync(scheduled, cancellationToken).ConfigureAwait(WorkContext.IsCurrent);
        try
        {
            _ticket = await destination.Admission.EnterAsync(_appends.Count, SizeOfAppends(), cancellationToken).ConfigureAwait(WorkContext.IsCurrent);
            // From here on the batch is accepted; a caller who goes away leaves it to its end.
            _accepted = true;
            Task commit = Context.WriterOf(Log) is { } writer ? StoreAsync(writer) : AppendInMemory();
            await WorkContext.Of(commit).WaitAsync(cancellationToken).ConfigureAwait(WorkContext.IsCurrent);
        }
        finally
        {
            destination.Scheduled.Unreserve(scheduled);
        }
    }

    private Task AppendInMemory()
    {
        if (_appends.Count > 0)
        {
            Record[] records = [.. _appends.Select(draft => draft.Record)];
            Finish(Log.AppendBatch(records, _ticket));
        }

        Index(keepRecords: true);
        return Task.CompletedTask;
    }

    private async Task StoreAsync(StoreWriter writer)
    {
        Receipt first;
        bool accepted = false;
        try
        {
            ValueTask<Receipt> send = writer.AppendBatch(
                Log,
                [.. _appends.Select(draft => new PendingAppend(Log, draft.Record, draft.Ordinal == 0 ? null : draft.Id, draft.Ordinal, _ticket))],
                [.. _scheduled.Select(draft => new ScheduledRecord(draft.Id!.Value, Log.Id, draft.Due, draft.Record.Payload))],
                [.. _scheduled.Where(draft => draft.Ordinal != 0).Select(draft => new StoreMessageId(draft.Ordinal, Log.Id, draft.Id!.Value, 0))]);
            accepted = true;
            first = await send.ConfigureAwait(WorkContext.IsCurrent);
        }
        catch (Exception exception) when (exception is StoreException or ObjectDisposedException)
        {
            if (!accepted)
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

        Finish(first.Sequence);
        Index(keepRecords: false);
    }

    /// <summary>Lists the ids of the batch in its order: those not given follow from the first appended message's, since all lie side by side.</summary>
    private MessageId[] IdsOfAll(StoreOutcomeUnknownException exception)
    {
        var ids = new MessageId[messages.Count];
        long first = exception.MessageIds.Count == 0 ? 0 : Context.SequenceOf(exception.MessageIds[0], Log.Id);
        for (int i = 0; i < _appends.Count; i++)
        {
            ids[_appends[i].Index] = _appends[i].Id ?? destination.IdOf(first + i);
        }

        _scheduled.ForEach(draft => ids[draft.Index] = draft.Id!.Value);
        _repeated.ForEach(repeated => ids[repeated.Index] = messages[repeated.Index].Options!.MessageId!.Value);
        return ids;
    }

    private long SizeOfAppends() => _appends.Sum(draft => (long)draft.Record.Size);

    /// <summary>Confirms the messages: they lie side by side.</summary>
    private void Finish(long first)
    {
        for (int i = 0; i < _appends.Count; i++)
        {
            long sequence = first + i;
            Confirm(_appends[i], _appends[i].Id ?? destination.IdOf(sequence), sequence);
        }
    }

    private void Index(bool keepRecords)
    {
        foreach (Draft draft in _scheduled)
        {
            destination.Scheduled.Add(draft.Id!.Value, Log, draft.Due, keepRecords ? draft.Record : default);
            Confirm(draft, draft.Id.Value, 0);
        }
    }

    private void Confirm(Draft draft, MessageId id, long sequence)
    {
        var receipt = new Receipt(id, sequence, Log.Durability, IsDuplicate: false);
        _receipts[draft.Index] = receipt;
        draft.Send.TrySetResult(receipt);
    }

    private void Forget(Exception exception)
    {
        foreach (Draft draft in _appends.Concat(_scheduled))
        {
            if (draft.Ordinal != 0)
            {
                destination.Window.Forget(Log.Id, draft.Id!.Value, draft.Ordinal);
                draft.Send.TrySetException(exception);
                _ = draft.Send.Task.Exception;
            }
        }
    }

    /// <summary>A message of the batch, encoded.</summary>
    private sealed class Draft(int index, Record record, MessageId? id, long due, bool isNamed)
    {
        public int Index => index;

        public Record Record { get; } = record;

        public MessageId? Id => id;

        public long Due => due;

        /// <summary>Whether the sender gave the id.</summary>
        public bool IsNamed => isNamed;

        public long Ordinal { get; set; }

        public TaskCompletionSource<Receipt> Send { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
