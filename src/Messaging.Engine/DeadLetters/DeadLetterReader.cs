using Messaging.Context;
using Messaging.Diagnostics;
using Messaging.Logs;
using Messaging.Records;
using Messaging.Redelivery;
using Messaging.Storage;
using Messaging.Subscriptions;

namespace Messaging.DeadLetters;

/// <summary>The reading of dead letters in their order, some ahead.</summary>
internal sealed class DeadLetterReader(BrokerContext context, Subscription subscription)
{
    private const int ReadRecords = 256;
    private const int ReadBytes = 1 << 20;

    private readonly Queue<StoreRecord> _ahead = new();

    private DeadLetterLog Letters => subscription.DeadLetters;

    /// <summary>Reads a dead letter; nothing if it has been redriven or purged meanwhile.</summary>
    public async ValueTask<Record?> ReadAsync(long sequence, CancellationToken cancellationToken)
    {
        MessageLog log = Letters.Log;
        if (log.TryGet(sequence, out Record record))
        {
            return record.IsMissing ? null : record;
        }

        if (context.WriterOf(log) is not { } writer)
        {
            return null;
        }

        while (_ahead.TryPeek(out StoreRecord first) && first.Sequence < sequence)
        {
            _ahead.Dequeue();
        }

        if (_ahead.Count == 0)
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

            records.ForEach(_ahead.Enqueue);
        }

        return _ahead.TryPeek(out StoreRecord found) && found.Sequence == sequence
            ? new Record(found.Payload)
            : null;
    }

    /// <summary>Passes over letters that cannot be read, from one to the next that can, if the store is to skip what is damaged.</summary>
    /// <exception cref="StoreException">It is not.</exception>
    public async ValueTask PassOverAsync(long first, long end)
    {
        long last = Math.Min(_ahead.TryPeek(out StoreRecord next) ? next.Sequence : end, Letters.Log.TailStart) - 1;
        if (context.WriterOf(Letters.Log) is not { } writer || !(writer.SkipsDamaged || Letters.BeginsAtOldest))
        {
            throw Refusal(first, last, cause: null);
        }

        long count = await Letters.PassOverAsync(first, last).ConfigureAwait(WorkContext.IsCurrent);
        if (count > 0)
        {
            subscription.Parts.Control.AddDamaged(count);
            EngineLog.DamagePassed(context.Logger, subscription.Name, $"dead letters of {subscription.Name}", first, last, count);
        }
    }

    private StoreException Refusal(long first, long last, Exception? cause)
    {
        subscription.Parts.Control.AddDamaged(Letters.NoteDamaged(first, last));
        return new StoreException(
            $"Dead letters {first} to {last} of '{subscription.Name}' are damaged in the store. They stay there, and those behind them cannot be "
            + "looked at, until the file is opened with SqliteStoreOptions.SkipDamaged = true.",
            cause);
    }
}
