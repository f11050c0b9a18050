using Messaging.Context;
using Messaging.Logs;
using Messaging.Redelivery;
using Messaging.Storage;
using Messaging.Writing;

namespace Messaging.Lifecycle;

/// <summary>The logs that a store holds, those of dead letters by their owners, too.</summary>
internal sealed class RecoveredLogs
{
    private readonly Dictionary<int, MessageLog> _logs;
    private readonly Dictionary<int, DeadLetterLog> _deadLetters;

    public RecoveredLogs(BrokerContext context, StoreContents contents, RecoveredCursors cursors)
    {
        _logs = contents.Entries
            .Where(entry => entry.Kind != StoreEntryKind.Subscription)
            .ToDictionary(entry => entry.Id, entry => Recover(entry, context, contents, cursors));
        _deadLetters = contents.Entries
            .Where(entry => entry.Kind == StoreEntryKind.DeadLetters)
            .ToDictionary(
                entry => entry.Owner, entry => new DeadLetterLog(_logs[entry.Id], cursors.Find(entry.Id, entry.Id).State, context.Writer, context.Counts));
    }

    public IReadOnlyCollection<MessageLog> All => _logs.Values;

    public MessageLog this[int id] => _logs[id];

    public MessageLog? Find(int id) => _logs.GetValueOrDefault(id);

    /// <summary>Finds the dead letters of a queue or subscription.</summary>
    public DeadLetterLog? FindDeadLetters(int owner) => _deadLetters.GetValueOrDefault(owner);

    private static MessageLog Recover(StoreEntry entry, BrokerContext context, StoreContents contents, RecoveredCursors cursors)
    {
        // Records that everybody has settled are gone; their numbers must not be given again.
        long last = Math.Max(contents.LastSequences.GetValueOrDefault(entry.Id), cursors.LastOf(entry.Id));
        var log = new MessageLog(
            entry.Id, entry.Name, context.MaxDurability, isStored: true, last, contents.MeanRecordBytes.GetValueOrDefault(entry.Id),
            Catalog.BoundOf(entry.Kind, entry.Name));
        log.Progress.StoredTrim = 0;
        return log;
    }
}
