using Messaging.Storage;

namespace Messaging.Images;

/// <summary>Scheduled records by id, and in the order of their due times and their coming.</summary>
internal sealed class ImageSchedule
{
    private readonly Dictionary<MessageId, (long Due, long Order)> _orders;
    private readonly SortedDictionary<(long Due, long Order), ScheduledRecord> _records;
    private long _ever;

    public ImageSchedule() => (_orders, _records) = ([], []);

    public ImageSchedule(ImageSchedule other)
    {
        _orders = new Dictionary<MessageId, (long Due, long Order)>(other._orders);
        _records = new SortedDictionary<(long Due, long Order), ScheduledRecord>(other._records);
        _ever = other._ever;
    }

    public IReadOnlyCollection<ScheduledRecord> Records => _records.Values;

    /// <summary>Adds a record, in the place of one of its id.</summary>
    public void Set(in ScheduledRecord record)
    {
        Remove(record.MessageId);
        _orders.Add(record.MessageId, (record.DueTicks, ++_ever));
        _records.Add((record.DueTicks, _ever), record);
    }

    public void Remove(MessageId id)
    {
        if (_orders.Remove(id, out (long Due, long Order) order))
        {
            _records.Remove(order);
        }
    }

    public void RemoveAllOf(int log) => _records.Values.Where(record => record.Log == log).ToList().ForEach(record => Remove(record.MessageId));
}
