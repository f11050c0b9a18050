using Messaging.Context;
using Messaging.Diagnostics;
using Messaging.Logs;
using Messaging.Records;

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
            if (Log.Readers.All.Length == 0)
            {
                return new ValueTask<Receipt>(new Receipt(Context.NextLooseId(), 0, Log.Durability, IsDuplicate: false));
            }

            if (!destination.Admission.TryEnter(1))
            {
                return _outstanding.TrackAsync(destination.EnterAndAppendAsync(record, id: null, ordinal: 0, cancellationToken, cancellationToken));
            }

            return destination.Writer is { } writer
                ? destination.Append(writer, record, id: null, ordinal: 0, ticket: default, cancellationToken)
                : new ValueTask<Receipt>(destination.Confirm(Log.Append(record)));
        }

        return _outstanding.TrackAsync(SendWithOptionsAsync(body, options, cancellationToken));
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
            return await new BatchSend(destination, Plan(copy)).RunAsync(cancellationToken).ConfigureAwait(WorkContext.IsCurrent);
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

    /// <summary>Waits for the sends that have begun: those that are tracked, then those that wait for nothing but their commit.</summary>
    private async Task EndAsync()
    {
        await _outstanding.WhenNoneAsync().ConfigureAwait(WorkContext.IsCurrent);
        if (destination.Writer is { } writer)
        {
            await writer.FlushAsync().ConfigureAwait(WorkContext.IsCurrent);
        }
    }

    private ValueTask<Receipt> SendWithOptionsAsync(T body, SendOptions options, CancellationToken cancellationToken)
    {
        Draft draft = Draft.Of(destination, body, options, _isPlain);
        if (draft.Due == 0 && !destination.KeepsMessages)
        {
            return new ValueTask<Receipt>(new Receipt(draft.Id ?? Context.NextLooseId(), 0, Log.Durability, IsDuplicate: false));
        }

        if (draft.Id is null)
        {
            return destination.EnterAndAppendAsync(draft.Record, id: null, ordinal: 0, cancellationToken, cancellationToken);
        }

        // Who is given no name, and has an id all the same, enters later.
        var send = new SingleSend(new SendPlan(destination, draft));
        return draft.IsNamed ? send.RunOnceAsync(cancellationToken) : send.ScheduleAsync(cancellationToken);
    }

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

    private List<SendPlan> Plan(List<Message<T>> messages)
    {
        var plans = new List<SendPlan>(messages.Count);
        foreach (Message<T> message in messages)
        {
            plans.Add(new SendPlan(destination, Draft.Of(destination, message.Body, message.Options, _isPlain)) { Index = plans.Count });
        }

        return plans;
    }

    private void ThrowIfClosed()
    {
        if (_disposed)
        {
            throw new ObjectDisposedException(ToString());
        }

        BrokerClosed.ThrowIf(destination.IsClosed);
    }
}
