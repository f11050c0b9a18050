using System.Runtime.CompilerServices;
using Messaging.Context;
using Messaging.Diagnostics;
using Messaging.Logs;
using Messaging.Records;
using Messaging.Redelivery;
using Messaging.Subscriptions;

namespace Messaging.DeadLetters;

/// <summary>The dead letters of a subscription, for the application.</summary>
internal sealed class DeadLetterQueue(BrokerContext context, Subscription subscription, IDeadLetterTarget target) : IDeadLetterQueue
{
    private DeadLetterLog Letters => subscription.DeadLetters;

    public long Count
    {
        get
        {
            context.ThrowIfClosed();
            return Letters.Count;
        }
    }

    public async IAsyncEnumerable<DeadLetter> PeekAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        context.ThrowIfClosed();
        long end = Letters.Log.End;
        var reader = new DeadLetterReader(context, subscription);
        for (long sequence = 0; Letters.TryFindNext(ref sequence) && sequence < end; sequence++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            context.ThrowIfClosed();
            Record? record = await reader.ReadAsync(sequence, cancellationToken).ConfigureAwait(WorkContext.IsCurrent);
            if (record is { } found)
            {
                yield return View(sequence, found);
            }
            else if (Letters.IsHeld(sequence))
            {
                await reader.PassOverAsync(sequence, end).ConfigureAwait(WorkContext.IsCurrent);
            }
        }
    }

    public ValueTask<long> RedriveAsync(Func<DeadLetter, bool>? where = null, CancellationToken cancellationToken = default) =>
        ForEachAsync(where, letter => MoveAsync(letter.Sequence, target.Accept(), letter.WithoutNote(context.Clock.Now)), cancellationToken);

    public ValueTask<long> PurgeAsync(Func<DeadLetter, bool>? where = null, CancellationToken cancellationToken = default) =>
        ForEachAsync(where, letter => DeleteAsync(letter.Sequence), cancellationToken);

    public override string ToString() => $"Dead letters of '{subscription.Name}'";

    private async ValueTask<long> ForEachAsync(
        Func<DeadLetter, bool>? where, Func<StoredDeadLetter, ValueTask> action, CancellationToken cancellationToken)
    {
        // Several at a time share a commit; each is one transaction.
        const int AtOnce = 256;
        long count = 0;
        var running = new List<Task>(AtOnce);
        try
        {
            await foreach (DeadLetter letter in PeekAsync(cancellationToken).ConfigureAwait(WorkContext.IsCurrent))
            {
                if ((where is null || where(letter)) && Letters.TryClaim(letter.Sequence))
                {
                    running.Add(action((StoredDeadLetter)letter).AsTask());
                    count++;
                }

                if (running.Count == AtOnce)
                {
                    await Task.WhenAll(running).ConfigureAwait(WorkContext.IsCurrent);
                    running.Clear();
                }
            }
        }
        finally
        {
            await Task.WhenAll(running).ConfigureAwait(WorkContext.IsCurrent);
        }

        return count;
    }

    /// <summary>Settles a claimed dead letter by moving its record to another log, in one commit.</summary>
    private async ValueTask MoveAsync(long sequence, MessageLog to, Record record)
    {
        if (to.IsStored && context.WriterOf(Letters.Log) is { } writer)
        {
            await writer.Move(to, record, Letters.Reader, sequence).ConfigureAwait(WorkContext.IsCurrent);
        }
        else
        {
            DeadLettering.MoveInMemory(context.Counts, to, record, Letters.Reader, sequence);
        }
    }

    /// <summary>Settles a claimed dead letter by deleting it.</summary>
    private async ValueTask DeleteAsync(long sequence)
    {
        Letters.Settle(sequence, departs: false);
        CrashPoint.Reached(CrashPoint.DeadLetterPurged);
        if (context.WriterOf(Letters.Log) is { } writer)
        {
            await writer.MarkDirty(Letters.Reader, Letters.Log.Durability, waits: true).ConfigureAwait(WorkContext.IsCurrent);
        }
    }

    private StoredDeadLetter View(long sequence, in Record record)
    {
        RecordHead head = record.IsEncoded
            ? RecordCodec.ReadHead(record.Payload)
            : new RecordHead(context.Epoch, record.SentAt, record.Extras, default);
        MessageExtras extras = head.Extras ?? throw new StoreException($"Dead letter {sequence} of '{subscription.Name}' has no story: its record is damaged.");
        DeadLetterNote note = extras.Dead ?? throw new StoreException($"Dead letter {sequence} of '{subscription.Name}' has no story: its record is damaged.");
        return new StoredDeadLetter(record, head, context.Options.Serializer)
        {
            MessageId = extras.Id ?? default,
            Sequence = sequence,
            Destination = note.Destination,
            OriginalSequence = note.OriginalSequence,
            Reason = note.Reason,
            Description = note.Description,
            Attempts = note.Attempts,
            Failures = note.Failures,
            SentAt = new DateTimeOffset(head.SentAt, TimeSpan.Zero),
            DeadLetteredAt = new DateTimeOffset(note.DeadLetteredAt, TimeSpan.Zero),
            Headers = extras.Headers ?? MessageHeaders.Empty,
        };
    }
}
