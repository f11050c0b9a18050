using System.Runtime.CompilerServices;
using Messaging.Bounds;
using Messaging.Diagnostics;
using Messaging.Logs;
using Messaging.Records;
using Messaging.Scheduling;
using Messaging.Subscriptions;
using Messaging.Writing;

namespace Messaging.Producers;

/// <summary>A sender of messages to one destination.</summary>
/// <remarks>A plain send in memory runs to its end without a state machine; whatever waits takes the asynchronous way.</remarks>
internal sealed class Producer<T>(Destination destination) : IProducer<T>, IDisposable
{
    private readonly OutstandingSends _outstanding = new();
    private readonly bool _isPlain = MessageEncoder.IsPlain(typeof(T));
    private bool _disposed;

    private BrokerContext Context => destination.Context;

    private MessageLog Log => destination.Log;

    private bool Serializes => destination.Serializes;

    public ValueTask<Receipt> SendAsync(T body, SendOptions? options = null, CancellationToken cancellationToken = default)
    {
        ThrowIfClosed();
        if (cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled<Receipt>(cancellationToken);
        }

        if (options is null)
        {
            Record record = MessageEncoder.Encode(Context, body, extras: null, Serializes, _isPlain);
            if (!Log.HasReaders)
            {
                return new ValueTask<Receipt>(new Receipt(Context.NextLooseId(), 0, Log.Durability, IsDuplicate: false));
            }

            if (!destination.Admission.TryEnter(1))
            {
                return TrackAsync(EnterAndAppendAsync(record, null, 0, cancellationToken));
            }

            return Context.WriterOf(Log) is { } writer
                ? OrCancelled(Append(writer, record, null, 0), cancellationToken)
                : new ValueTask<Receipt>(Confirm(Log.Append(record)));
        }

        return TrackAsync(SendWithOptionsAsync(body, options, cancellationToken));
    }

    public async ValueTask<IReadOnlyList<Receipt>> SendBatchAsync(
        IReadOnlyCollection<Message<T>> messages, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(messages);
        ThrowIfClosed();
        cancellationToken.ThrowIfCancellationRequested();
        List<Message<T>> copy = CopyOf(messages);
        _outstanding.Begin();
        try
        {
            return await new BatchSend<T>(destination, copy).RunAsync(cancellationToken).ConfigureAwait(WorkContext.IsCurrent);
        }
        finally
        {
            _outstanding.End();
        }
    }

    public async ValueTask FlushAsync(CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        await EndAsync().WaitAsync(cancellationToken).ConfigureAwait(WorkContext.IsCurrent);
    }

    public ValueTask DisposeAsync()
    {
        _disposed = true;
        return new ValueTask(EndAsync());
    }

    /// <summary>For containers, which refuse to end without it.</summary>
    public void Dispose() => BlockingDisposal.Of(DisposeAsync);

    public override string ToString() => $"{TypeName.Of("Producer", typeof(T))} to '{Log.Name}'";

    /// <summary>Takes what one enumeration gives. The count is the user's word, and others may change the collection meanwhile.</summary>
    private static List<Message<T>> CopyOf(IReadOnlyCollection<Message<T>> messages)
    {
        var copy = new List<Message<T>>();
        foreach (Message<T> message in messages)
        {
            copy.Add(message);
        }

        return copy;
    }

    /// <summary>Waits for the sends that have begun: those that are tracked, then those that wait for nothing but their commit.</summary>
    private async Task EndAsync()
    {
        await _outstanding.WhenNoneAsync().ConfigureAwait(WorkContext.IsCurrent);
        if (Context.WriterOf(Log) is { } writer)
        {
            await writer.FlushAsync().ConfigureAwait(WorkContext.IsCurrent);
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<Receipt> TrackAsync(ValueTask<Receipt> send)
    {
        if (send.IsCompletedSuccessfully)
        {
            return send.Result;
        }

        _outstanding.Begin();
        try
        {
            return await send.ConfigureAwait(WorkContext.IsCurrent);
        }
        finally
        {
            _outstanding.End();
        }
    }

    private ValueTask<Receipt> SendWithOptionsAsync(T body, SendOptions? options, CancellationToken cancellationToken)
    {
        MessageExtras? extras = null;
        bool delayed = options is not null && options.Delay > TimeSpan.Zero;
        long due = delayed ? DueTime.After(Context.Clock.Now, options!.Delay.Ticks) : 0;
        if (options is not null)
        {
            MessageHeaders? headers = MessageEncoder.CheckHeaders(Context.Options, options.Headers);
            MessageId? id = options.MessageId ?? (delayed ? Context.NextLooseId() : null);
            extras = headers is null && id is null ? null : new MessageExtras { Headers = headers, Id = id, AgesFrom = due };
        }

        Record record = MessageEncoder.Encode(Context, body, extras, Serializes, _isPlain);
        if (!delayed && !destination.KeepsMessages)
        {
            return new ValueTask<Receipt>(new Receipt(extras?.Id ?? Context.NextLooseId(), 0, Log.Durability, IsDuplicate: false));
        }

        if (options?.MessageId is { } given)
        {
            return SendOnceAsync(record, given, due, cancellationToken);
        }

        return delayed
            ? ScheduleAsync(record, extras!.Id!.Value, due, 0, cancellationToken)
            : EnterAndAppendAsync(record, null, 0, cancellationToken);
    }

    /// <summary>Sends a message with its sender's id, unless a send of that id has succeeded or is under way.</summary>
    private async ValueTask<Receipt> SendOnceAsync(Record record, MessageId id, long due, CancellationToken cancellationToken)
    {
        await destination.AfterCancelAsync(id, cancellationToken).ConfigureAwait(WorkContext.IsCurrent);
        if (destination.FindRepeated(id) is { } repeated)
        {
            return repeated;
        }

        while (true)
        {
            var mine = new TaskCompletionSource<Receipt>(TaskCreationOptions.RunContinuationsAsynchronously);
            if (destination.Window.Begin(Log.Id, id, mine, out long ordinal, isScheduled: due > 0) is not { } earlier)
            {
                // Once accepted, the send goes on for those who repeat it, even if this caller no longer waits.
                Task<Receipt> send = BeginOnceAsync(mine, record, id, due, ordinal, cancellationToken);
                return await send.WaitAsync(cancellationToken).ConfigureAwait(WorkContext.IsCurrent);
            }

            await WorkContext.Of((Task)earlier).WaitAsync(cancellationToken)
                .ConfigureAwait(WorkContext.With(ConfigureAwaitOptions.SuppressThrowing));
            cancellationToken.ThrowIfCancellationRequested();
            if (earlier.IsCompletedSuccessfully)
            {
                return destination.Repeat(await earlier.ConfigureAwait(WorkContext.IsCurrent));
            }
        }
    }

    private async Task<Receipt> BeginOnceAsync(
        TaskCompletionSource<Receipt> mine, Record record, MessageId id, long due, long ordinal, CancellationToken cancellationToken)
    {
        try
        {
            ValueTask<Receipt> send = due > 0
                ? ScheduleAsync(record, id, due, ordinal, CancellationToken.None)
                : EnterAndAppendAsync(record, id, ordinal, cancellationToken);
            Receipt receipt = await send.ConfigureAwait(WorkContext.IsCurrent);
            mine.SetResult(receipt);
            return receipt;
        }
        catch (Exception exception)
        {
            destination.Window.Forget(Log.Id, id, ordinal);
            mine.SetException(exception);
            _ = mine.Task.Exception;
            throw;
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<Receipt> EnterAndAppendAsync(
        Record record, MessageId? remembered, long ordinal, CancellationToken cancellationToken)
    {
        RoomTicket ticket = await destination.Admission.EnterAsync(1, record.Size, cancellationToken).ConfigureAwait(WorkContext.IsCurrent);
        if (Context.WriterOf(Log) is not { } writer)
        {
            ThrowIfBrokerClosed();
            return Confirm(Log.Append(record, ticket), record.Extras?.Id ?? remembered);
        }

        // The id must be remembered, or forgotten, by the outcome of the commit, even if the caller no longer waits.
        CancellationToken wait = remembered is null ? cancellationToken : CancellationToken.None;
        return await OrCancelled(Append(writer, record, remembered, ordinal, ticket), wait).ConfigureAwait(WorkContext.IsCurrent);
    }

    private ValueTask<Receipt> Append(
        StoreWriter writer, in Record record, MessageId? remembered, long ordinal, RoomTicket ticket = default)
    {
        try
        {
            return writer.Append(Log, record, remembered, ordinal, ticket);
        }
        catch (Exception exception) when (exception is StoreException or ObjectDisposedException)
        {
            Log.GiveBack(ticket, 1, record.Size);
            return ValueTask.FromException<Receipt>(exception);
        }
    }

    private async ValueTask<Receipt> ScheduleAsync(
        Record record, MessageId id, long due, long ordinal, CancellationToken cancellationToken)
    {
        // The index must learn of a stored message even if the caller no longer waits.
        try
        {
            await Wait(destination.Scheduled.AddAsync(id, Log, due, record, ordinal), cancellationToken).ConfigureAwait(WorkContext.IsCurrent);
            return new Receipt(id, 0, Log.Durability, IsDuplicate: false);
        }
        catch (StoreOutcomeUnknownException exception)
        {
            throw UnknownOutcome.Of(exception, [id]);
        }
    }

    private static ValueTask<Receipt> OrCancelled(ValueTask<Receipt> send, CancellationToken cancellationToken) =>
        cancellationToken.CanBeCanceled ? new ValueTask<Receipt>(WorkContext.Of(send).WaitAsync(cancellationToken)) : send;

    private static Task Wait(Task commit, CancellationToken cancellationToken) =>
        cancellationToken.CanBeCanceled ? WorkContext.Of(commit).WaitAsync(cancellationToken) : commit;

    private Receipt Confirm(long sequence, MessageId? id = null) =>
        new(id ?? destination.IdOf(sequence), sequence, Log.Durability, IsDuplicate: false);

    private void ThrowIfClosed()
    {
        if (_disposed)
        {
            throw new ObjectDisposedException(ToString());
        }

        ThrowIfBrokerClosed();
    }

    private void ThrowIfBrokerClosed() => BrokerClosed.ThrowIf(destination.IsClosed);
}
