using Messaging.Storage;

namespace Messaging.Specification.Tests.Stores;

/// <summary>What a store must hold, in plain dictionaries.</summary>
internal sealed class StoreModel
{
    public Dictionary<int, StoreEntry> Entries { get; } = [];

    public Dictionary<int, SortedDictionary<long, byte[]>> Logs { get; } = [];

    public Dictionary<int, long> Next { get; } = [];

    public Dictionary<(int Subscription, int Log), string> Cursors { get; } = [];

    public Dictionary<MessageId, ScheduledRecord> Scheduled { get; } = [];

    public SortedDictionary<long, StoreMessageId> MessageIds { get; } = [];

    public void Trim(int log, long below)
    {
        foreach (long sequence in Logs[log].Keys.TakeWhile(sequence => sequence < below).ToList())
        {
            Logs[log].Remove(sequence);
        }
    }

    public void Remove(int id)
    {
        Entries.Remove(id);
        Logs.Remove(id);
        Next.Remove(id);
        Cursors.Keys.Where(key => key.Subscription == id || key.Log == id).ToList().ForEach(key => Cursors.Remove(key));
        Scheduled.Values.Where(record => record.Log == id).ToList().ForEach(record => Scheduled.Remove(record.MessageId));
        MessageIds.Values.Where(remembered => remembered.Log == id).ToList().ForEach(remembered => MessageIds.Remove(remembered.Ordinal));
    }
}
