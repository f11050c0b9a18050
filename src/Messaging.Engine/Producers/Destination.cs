using System.Runtime.CompilerServices;
using Messaging.Bounds;
using Messaging.Context;
using Messaging.Diagnostics;
using Messaging.Logs;
using Messaging.Records;
using Messaging.Schedules;
using Messaging.Subscriptions;
using Messaging.Writing;

namespace Messaging.Producers;

/// <summary>A queue or topic as its producers see it: a log with a bound.</summary>
/// <param name="context">What the parts of the broker share.</param>
/// <param name="log">The log.</param>
/// <param name="scheduled">The messages that enter later.</param>
/// <param name="queue">A queue's subscription, which makes room; <see langword="null"/> for a topic.</param>
internal sealed class Destination(BrokerContext context, MessageLog log, ScheduledMessages scheduled, Subscription? queue)
{
    public BrokerContext Context => context;

    public MessageLog Log => log;

    /// <summary>Gets what commits the log's changes; <see langword="null"/> for a log that lives in memory.</summary>
    public StoreWriter? Writer { get; } = context.WriterOf(log);

    /// <summary>Gets where the messages of this opening come from: their ids follow from it and their places.</summary>
    public MessageOrigin Origin { get; } = new(context.StoreId, context.Epoch);

    public Admission Admission { get; } = new(context, log, queue);

    public DeduplicationWindow Window => scheduled.Window;

    public ScheduledMessages Scheduled => scheduled;

    /// <summary>Gets or sets a value indicating whether bodies are serialized where they need not be.</summary>
    public bool Serialize { get; set; }

    /// <summary>Gets a value indicating whether bodies are serialized: for the store, for the user, or to be counted in bytes.</summary>
    public bool Serializes => Serialize || context.Writer is not null || log.Readers.CountBytes;

    /// <summary>Gets a value indicating whether a message sent now is kept: it has somewhere to go.</summary>
    public bool KeepsMessages => log.Readers.All.Length > 0;

    public bool IsClosed { get; set; }

    /// <summary>Finds a message by an id that the broker gave, if its outcome was unknown to its sender: such a send is repeated
    /// in the opening after the one that failed, or while the message is scheduled.</summary>
    public Receipt? FindRepeated(MessageId id)
    {
        long sequence = new MessageOrigin(context.StoreId, context.Epoch - 1).SequenceOf(id, log.Id);
        bool stored = sequence > 0 && sequence <= log.Progress.RecoveredLast;
        return stored || scheduled.Index.Holds(id, log) ? Repeat(new Receipt(id, sequence, log.Durability, IsDuplicate: true)) : null;
    }

    /// <summary>Gets the receipt of a repetition, which says what has become of the first one.</summary>
    public Receipt Repeat(in Receipt first) => first with { IsDuplicate = true, Previous = StateOf(first) };

    /// <summary>Waits while an id is being cancelled: it is free when that is stored.</summary>
    public async ValueTask AfterCancelAsync(MessageId id, CancellationToken cancellationToken)
    {
        while (scheduled.Index.FindCancel(id) is { } cancel)
        {
            await WorkContext.Of(cancel).WaitAsync(cancellationToken)
                .ConfigureAwait(WorkContext.With(ConfigureAwaitOptions.SuppressThrowing));
            cancellationToken.ThrowIfCancellationRequested();
        }
    }

    /// <summary>Sends one record: waits for room, then appends it.</summary>
    /// <param name="record">The record.</param>
    /// <param name="id">The id that the sender gave, if it did.</param>
    /// <param name="ordinal">The place of that id in the order of remembering; 0 for an id that is not remembered.</param>
    /// <param name="room">Ends the wait for room.</param>
    /// <param name="commit">Ends the wait for the commit, which goes on.</param>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<Receipt> EnterAndAppendAsync(Record record, MessageId? id, long ordinal, CancellationToken room, CancellationToken commit)
    {
        RoomTicket ticket = await Admission.EnterAsync(1, record.Size, room).ConfigureAwait(WorkContext.IsCurrent);
        if (Writer is not { } writer)
        {
            BrokerClosed.ThrowIf(IsClosed);
            return Confirm(log.Append(record, ticket), record.Extras?.Id ?? id);
        }

        return await Append(writer, record, id, ordinal, ticket, commit).ConfigureAwait(WorkContext.IsCurrent);
    }

    /// <summary>Has a record that has entered stored.</summary>
    public ValueTask<Receipt> Append(
        StoreWriter writer, in Record record, MessageId? id, long ordinal, RoomTicket ticket, CancellationToken cancellationToken)
    {
        ValueTask<Receipt> send;
        try
        {
            send = writer.Append(log, record, id, ordinal, ticket);
        }
        catch (Exception exception) when (exception is StoreException or ObjectDisposedException)
        {
            log.GiveBack(ticket, 1, record.Size);
            send = ValueTask.FromException<Receipt>(exception);
        }

        return cancellationToken.CanBeCanceled ? new ValueTask<Receipt>(WorkContext.Of(send).WaitAsync(cancellationToken)) : send;
    }

    /// <summary>Gets the receipt of a message that is in the log.</summary>
    public Receipt Confirm(long sequence, MessageId? id = null) =>
        new(id ?? Origin.IdOf(log.Id, sequence), sequence, log.Durability, IsDuplicate: false);

    private PreviousSend? StateOf(in Receipt first)
    {
        if (first.Sequence > 0)
        {
            return log.Readers.HaveSettled(first.Sequence) ? PreviousSend.Settled : PreviousSend.Waiting;
        }

        return scheduled.Index.Holds(first.MessageId, log) ? PreviousSend.Scheduled : null;
    }
}
