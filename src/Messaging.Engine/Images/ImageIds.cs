using Messaging.Storage;

namespace Messaging.Images;

/// <summary>The remembered message ids, in the order of their ordinals.</summary>
internal sealed class ImageIds
{
    private readonly SortedDictionary<long, StoreMessageId> _ids;

    public ImageIds() => _ids = [];

    public ImageIds(ImageIds other) => _ids = new SortedDictionary<long, StoreMessageId>(other._ids);

    public IReadOnlyCollection<StoreMessageId> All => _ids.Values;

    public void Set(StoreMessageId id) => _ids[id.Ordinal] = id;

    public void Remove(long ordinal) => _ids.Remove(ordinal);

    public void RemoveBelow(long ordinal)
    {
        while (_ids.Count > 0 && _ids.Keys.First() is long first && first < ordinal)
        {
            _ids.Remove(first);
        }
    }

    public void RemoveAllOf(int log) => _ids.Values.Where(id => id.Log == log).ToList().ForEach(id => _ids.Remove(id.Ordinal));
}
