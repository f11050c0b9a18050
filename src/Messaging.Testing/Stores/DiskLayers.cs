using Messaging.Images;
using Messaging.Storage;

namespace Messaging.Testing.Stores;

/// <summary>What a simulated disk holds: what is synced, and the commits behind it that a power cut may take.</summary>
/// <remarks>It has no lock, the disk has.</remarks>
internal sealed class DiskLayers(uint storeId)
{
    private readonly StoreImage _synced = new(storeId);
    private readonly VolatileLayer _volatile = new();

    // The synced one with the volatile commits made in it.
    private StoreImage _current = new(storeId);

    /// <summary>Gets the number of commits that are not synced.</summary>
    public int VolatileCommits => _volatile.Count;

    /// <summary>Syncs what is there, and begins a new epoch.</summary>
    public StoreContents Open()
    {
        Sync();
        _synced.Open();
        return _current.Open();
    }

    /// <summary>Makes a commit.</summary>
    /// <param name="commit">The commit.</param>
    /// <param name="isSynced">Whether it is synced, and all before it.</param>
    public void Commit(StoreCommit commit, bool isSynced)
    {
        _current.Apply(commit);
        if (commit.IsEmpty)
        {
            return;
        }

        if (!isSynced)
        {
            _volatile.Add(commit);
            return;
        }

        Sync();
        _synced.Apply(commit);
    }

    public void Read(StoreRange range, List<StoreRecord> output) => _current.Read(range, output);

    public void ReadScheduled(long dueTicks, int maxRecords, List<ScheduledRecord> output) => _current.ReadScheduled(dueTicks, maxRecords, output);

    public void Sync() => _volatile.MoveTo(_synced, _volatile.Count);

    /// <summary>Loses what is volatile, but for the first commits.</summary>
    /// <param name="kept">How many stay.</param>
    /// <param name="tears">Whether of the one behind them a part stays.</param>
    /// <returns>How many commits were lost.</returns>
    public int CutPower(int kept, bool tears)
    {
        int lost = _volatile.Count - kept;
        _volatile.MoveTo(_synced, kept, tears);
        if (lost > 0)
        {
            _current = _synced.Copy();
        }

        return lost;
    }
}
