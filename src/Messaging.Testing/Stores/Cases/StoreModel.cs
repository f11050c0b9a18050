using Messaging.Storage;

namespace Messaging.Testing.Stores.Cases;

/// <summary>What a store must hold, in plain dictionaries.</summary>
internal sealed class StoreModel
{
    public Dictionary<int, StoreEntry> Entries { get; } = [];

    public Dictionary<int, SortedDictionary<long, byte[]>> Logs { get; } = [];

    public Dictionary<int, long> Next { get; } = [];

    public Dictionary<(int Subscription, int Log), string> Cursors { get; } = [];

    public Dictionary<MessageId, ScheduledRecord> Scheduled { get; } = [];

    public SortedDictionary<long, StoreMessageId> MessageIds { get; } = [];

    /// <summary>Gets what was trimmed, which a store may still hold.</summary>
    public Dictionary<int, SortedDictionary<long, byte[]>> Trimmed { get; } = [];

    /// <summary>Gets the trims that were told.</summary>
    public List<StoreTrim> Trims { get; } = [];

    public void Trim(StoreTrim trim)
    {
        Trims.Add(trim);
        foreach (long sequence in Logs[trim.Log].Keys.Where(sequence => sequence >= trim.First && sequence < trim.Below).ToList())
        {
            Logs[trim.Log].Remove(sequence, out byte[]? payload);
            Trimmed[trim.Log].Add(sequence, payload!);
        }
    }

    public void Remove(int id)
    {
        Entries.Remove(id);
        Logs.Remove(id);
        Trimmed.Remove(id);
        Trims.RemoveAll(trim => trim.Log == id);
        Next.Remove(id);
        Cursors.Keys.Where(key => key.Subscription == id || key.Log == id).ToList().ForEach(key => Cursors.Remove(key));
        Scheduled.Values.Where(record => record.Log == id).ToList().ForEach(record => Scheduled.Remove(record.MessageId));
        MessageIds.Values.Where(remembered => remembered.Log == id).ToList().ForEach(remembered => MessageIds.Remove(remembered.Ordinal));
    }
}
