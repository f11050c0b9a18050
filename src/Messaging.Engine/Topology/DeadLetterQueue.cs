using System.Runtime.CompilerServices;
using Messaging.Diagnostics;
using Messaging.Logs;
using Messaging.Records;
using Messaging.Redelivery;
using Messaging.Storage;
using Messaging.Subscriptions;

namespace Messaging.Topology;

/// <summary>The dead letters of a subscription, for the application.</summary>
internal sealed class DeadLetterQueue(BrokerTopology topology, Subscription subscription, IDeadLetterTarget target) : IDeadLetterQueue
{
    private const int ReadRecords = 256;
    private const int ReadBytes = 1 << 20;

    private DeadLetterLog Letters => subscription.DeadLetters;

    public long Count
    {
        get
        {
            topology.ThrowIfClosed();
            return Letters.Count;
        }
    }

    public async IAsyncEnumerable<DeadLetter> PeekAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        topology.ThrowIfClosed();
        long end = Letters.Log.End;
        var ahead = new Queue<StoreRecord>();
        for (long sequence = 0; Letters.TryFindNext(ref sequence) && sequence < end; sequence++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            topology.ThrowIfClosed();
            Record? record = await ReadAsync(sequence, ahead, cancellationToken).ConfigureAwait(WorkContext.IsCurrent);
            if (record is { } found)
            {
                yield return View(sequence, found);
            }
            else if (Letters.IsHeld(sequence))
            {
                await PassOverAsync(sequence, Math.Min(ahead.TryPeek(out StoreRecord next) ? next.Sequence : end, Letters.Log.TailStart) - 1)
                    .ConfigureAwait(WorkContext.IsCurrent);
            }
        }
    }

    public ValueTask<long> RedriveAsync(Func<DeadLetter, bool>? where = null, CancellationToken cancellationToken = default) =>
        ForEachAsync(where, letter => Letters.MoveAsync(letter.Sequence, target.Accept(), letter.WithoutNote(topology.Context.Clock.Now)), cancellationToken);

    public ValueTask<long> PurgeAsync(Func<DeadLetter, bool>? where = null, CancellationToken cancellationToken = default) =>
        ForEachAsync(where, letter => Letters.DeleteAsync(letter.Sequence), cancellationToken);

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

    private async ValueTask PassOverAsync(long first, long last)
    {
        if (topology.Context.WriterOf(Letters.Log) is not { } writer || !(writer.SkipsDamaged || Letters.BeginsAtOldest))
        {
            throw Refusal(first, last, cause: null);
        }

        long count = await Letters.PassOverAsync(first, last).ConfigureAwait(WorkContext.IsCurrent);
        if (count > 0)
        {
            subscription.AddDamaged(count);
            EngineLog.DamagePassed(topology.Context.Logger, subscription.Name, $"dead letters of {subscription.Name}", first, last, count);
        }
    }

    private StoreException Refusal(long first, long last, Exception? cause)
    {
        subscription.AddDamaged(Letters.NoteDamaged(first, last));
        return new StoreException(
            $"Dead letters {first} to {last} of '{subscription.Name}' are damaged in the store. They stay there, and those behind them cannot be "
            + "looked at, until the file is opened with SqliteStoreOptions.SkipDamaged = true.",
            cause);
    }

    private StoredDeadLetter View(long sequence, in Record record)
    {
        RecordHead head = record.IsEncoded
            ? RecordCodec.ReadHead(record.Payload)
            : new RecordHead(topology.Context.Epoch, record.SentAt, record.Extras, default);
        MessageExtras extras = head.Extras ?? throw new StoreException($"Dead letter {sequence} of '{subscription.Name}' has no story: its record is damaged.");
        DeadLetterNote note = extras.Dead ?? throw new StoreException($"Dead letter {sequence} of '{subscription.Name}' has no story: its record is damaged.");
        return new StoredDeadLetter(record, head, topology.Context.Options.Serializer)
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

    /// <summary>Reads a dead letter; nothing if it has been redriven or purged meanwhile.</summary>
    private async ValueTask<Record?> ReadAsync(long sequence, Queue<StoreRecord> ahead, CancellationToken cancellationToken)
    {
        MessageLog log = Letters.Log;
        if (log.TryGet(sequence, out Record record))
        {
            return record.IsMissing ? null : record;
        }

        if (topology.Context.WriterOf(log) is not { } writer)
        {
            return null;
        }

        while (ahead.TryPeek(out StoreRecord first) && first.Sequence < sequence)
        {
            ahead.Dequeue();
        }

        if (ahead.Count == 0)
        {
            var records = new List<StoreRecord>();
            try
            {
                await writer.Store.ReadAsync(new StoreRange(log.Id, sequence, ReadRecords, ReadBytes), records, cancellationToken).ConfigureAwait(WorkContext.IsCurrent);
            }
            catch (StoreDamagedException damage)
            {
                throw Refusal(damage.First, Math.Min(damage.Last, log.End - 1), damage);
            }

            records.ForEach(ahead.Enqueue);
        }

        return ahead.TryPeek(out StoreRecord found) && found.Sequence == sequence
            ? new Record(found.Payload)
            : null;
    }
}
