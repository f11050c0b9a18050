using Messaging.Context;
using Messaging.Logs;
using Messaging.Redelivery;
using Messaging.Storage;
using Messaging.Writing;

namespace Messaging.Lifecycle;

/// <summary>The logs that a store holds, those of dead letters by their owners, too.</summary>
internal sealed class RecoveredLogs
{
    private readonly Dictionary<int, MessageLog> _logs = [];
    private readonly Dictionary<int, DeadLetterLog> _deadLetters = [];

    public RecoveredLogs(BrokerContext context, StoreContents contents, RecoveredCursors cursors)
    {
        foreach (StoreEntry entry in contents.Entries)
        {
            if (entry.Kind == StoreEntryKind.Subscription)
            {
                continue;
            }

            // Records that everybody has settled are gone; their numbers must not be given again.
            long last = Math.Max(contents.LastSequences.GetValueOrDefault(entry.Id), cursors.LastOf(entry.Id));
            var log = new MessageLog(
                entry.Id, entry.Name, context.MaxDurability, isStored: true, last, contents.MeanRecordBytes.GetValueOrDefault(entry.Id),
                Catalog.BoundOf(entry.Kind, entry.Name));
            log.Progress.StoredTrim = 0;
            _logs.Add(entry.Id, log);
            if (entry.Kind == StoreEntryKind.DeadLetters)
            {
                _deadLetters.Add(entry.Owner, new DeadLetterLog(log, cursors.Find(entry.Id, entry.Id).State));
            }
        }
    }

    public IReadOnlyCollection<MessageLog> All => _logs.Values;

    public MessageLog this[int id] => _logs[id];

    public MessageLog? Find(int id) => _logs.GetValueOrDefault(id);

    /// <summary>Finds the dead letters of a queue or subscription.</summary>
    public DeadLetterLog? FindDeadLetters(int owner) => _deadLetters.GetValueOrDefault(owner);
}
