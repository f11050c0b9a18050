using Messaging.Storage;

namespace Messaging.Groups;

/// <summary>What one commit changes in the catalog: entries that come and go, and the readers that start or leave with them.</summary>
internal sealed class CatalogChanges
{
    public List<StoreEntry> Declared { get; } = [];

    public List<int> Removed { get; } = [];

    /// <summary>Readers that start at the ends of their logs with this commit.</summary>
    public List<StoredReader> Attached { get; } = [];

    /// <summary>Readers that leave their logs with this commit.</summary>
    public List<StoredReader> Detached { get; } = [];

    /// <summary>Gets a value indicating whether nothing is declared, removed or started.</summary>
    public bool IsEmpty => Attached.Count == 0 && Declared.Count == 0 && Removed.Count == 0;

    public void AddTo(StoreCommit commit)
    {
        commit.Declared.AddRange(Declared);
        commit.Removed.AddRange(Removed);
    }

    public void Clear()
    {
        Declared.Clear();
        Removed.Clear();
        Attached.Clear();
        Detached.Clear();
    }
}
