using Messaging.Diagnostics;
using Messaging.Testing.Calls;

namespace Messaging.Testing.Tested;

/// <summary>A producer whose sends are observed.</summary>
internal sealed class TestedProducer<T>(BrokerSession session, string destination, IProducer<T> inner) : IProducer<T>
{
    public ValueTask<Receipt> SendAsync(T body, SendOptions? options = null, CancellationToken cancellationToken = default) =>
        session.CallAsync(async () =>
        {
            DateTimeOffset begun = session.Recorder.Now;
            Receipt receipt;
            try
            {
                receipt = await inner.SendAsync(body, options, cancellationToken).ConfigureAwait(WorkContext.IsCurrent);
            }
            catch (Exception exception)
            {
                NoteFailure(body, options, exception);
                throw;
            }

            Note(body, options, receipt, begun);
            return receipt;
        });

    public ValueTask<IReadOnlyList<Receipt>> SendBatchAsync(
        IReadOnlyCollection<Message<T>> messages, CancellationToken cancellationToken = default) =>
        session.CallAsync(async () =>
        {
            DateTimeOffset begun = session.Recorder.Now;
            var copy = new List<Message<T>>();
            IReadOnlyList<Receipt> receipts;
            try
            {
                // Once: the collection may give something else the next time.
                foreach (Message<T> message in messages ?? throw new ArgumentNullException(nameof(messages)))
                {
                    copy.Add(message);
                }

                receipts = await inner.SendBatchAsync(copy, cancellationToken).ConfigureAwait(WorkContext.IsCurrent);
            }
            catch (Exception exception)
            {
                copy.ForEach(message => NoteFailure(message.Body, message.Options, exception));
                throw;
            }

            foreach ((Message<T> message, Receipt receipt) in copy.Zip(receipts))
            {
                Note(message.Body, message.Options, receipt, begun);
            }

            return receipts;
        });

    public ValueTask FlushAsync(CancellationToken cancellationToken = default) => session.CallAsync(() => inner.FlushAsync(cancellationToken));

    public ValueTask DisposeAsync() => session.CallAsync(inner.DisposeAsync);

    private void Note(T body, SendOptions? options, Receipt receipt, DateTimeOffset begun)
    {
        bool delayed = options is not null && options.Delay > TimeSpan.Zero;
        session.Recorder.Add(session.Recorder.New(delayed ? ObservationKind.Scheduled : ObservationKind.Sent) with
        {
            MessageId = receipt.MessageId,
            Destination = destination,
            Sequence = receipt.Sequence,
            Due = delayed ? begun + options!.Delay : null,
            Body = body,
            Reason = receipt.IsDuplicate ? "a duplicate: sent before" : null,
        });
    }

    private void NoteFailure(T body, SendOptions? options, Exception exception) =>
        session.Recorder.Add(session.Recorder.New(ObservationKind.SendFailed) with
        {
            MessageId = options?.MessageId ?? default,
            Destination = destination,
            Body = body,
            Reason = $"{exception.GetType().Name}: {SafeText.MessageOf(exception)}",
        });
}
