using Messaging.Storage;

namespace Messaging.Testing.Stores;

/// <summary>A disk in memory with two layers, which outlives the stores that are opened on it: what is synced, and what a power cut may take.</summary>
/// <remarks>
/// <para>A commit that asks for <see cref="Durability.Power"/> is synced, and all before it with it; so is an opening. Other commits stay
/// volatile until then, or until <see cref="Sync"/>: they survive a <see cref="Crash"/> of the process, and perhaps a power cut. A commit is
/// there whole or not at all.</para>
/// <para>It does the same for the same calls: it knows no time, no thread and no chance of its own. A commit costs what it holds, and a power
/// cut what the disk holds. All members may be called from any thread.</para>
/// </remarks>
public sealed class SimulatedDisk
{
    private readonly Lock _gate = new();
    private readonly string _name;

    // Guarded by the gate.
    private readonly DiskLayers _layers;
    private SimulatedStore? _owner;

    /// <summary>Creates an empty disk.</summary>
    /// <param name="storeId">The number that stores otherwise draw at their creation, a part of the ids of messages.</param>
    public SimulatedDisk(uint storeId = 1)
    {
        _name = $"simulated disk {storeId}";
        _layers = new DiskLayers(storeId);
    }

    /// <summary>Gets a value indicating whether upkeep syncs the disk when nothing waits to be committed.</summary>
    /// <value>The default value is <see langword="false"/>.</value>
    public bool SyncsWhenIdle { get; init; }

    /// <summary>Gets the number of commits that a power cut may take.</summary>
    public int VolatileCommits
    {
        get
        {
            lock (_gate)
            {
                return _layers.VolatileCommits;
            }
        }
    }

    /// <summary>Gets a value indicating whether commits are not synced that should be: the mistake that power cuts must show.</summary>
    internal bool DropsSyncs { get; init; }

    /// <summary>Gets a value indicating whether a part of a commit that was interrupted can be seen: the mistake of a store without transactions.</summary>
    internal bool IsTorn { get; init; }

    /// <summary>Creates a store on this disk, to be opened once. One store at a time can be open.</summary>
    public SimulatedStore CreateStore() => new(this);

    /// <summary>Syncs what is volatile.</summary>
    public void Sync()
    {
        lock (_gate)
        {
            _layers.Sync();
        }
    }

    /// <summary>Lets the process that has the disk open die: all commits that were made stay, and its store is cut off.</summary>
    public void Crash()
    {
        lock (_gate)
        {
            CutOffLocked();
        }
    }

    /// <summary>Cuts the power: what is synced stays, of what is volatile the first commits, and the store that is open is cut off.</summary>
    /// <param name="kept">How many volatile commits stay; the others are lost, the latest first. At most as many as there are.</param>
    /// <returns>How many commits were lost.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="kept"/> is less than zero.</exception>
    public int CutPower(int kept)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(kept, 0);
        lock (_gate)
        {
            return CutPowerLocked(Math.Min(kept, _layers.VolatileCommits));
        }
    }

    /// <summary>Cuts the power: what is synced stays, and of what is volatile nothing, everything, or the first commits, each as often as the others.</summary>
    /// <param name="random">Decides what stays.</param>
    /// <returns>How many commits were lost.</returns>
    public int CutPower(Random random)
    {
        ArgumentNullException.ThrowIfNull(random);

        // Drawn whatever is there, so that what comes after has the same chances.
        int kind = random.Next(3);
        double part = random.NextDouble();
        lock (_gate)
        {
            int count = _layers.VolatileCommits;
            return CutPowerLocked(kind switch { 0 => 0, 1 => count, _ => (int)(part * count) });
        }
    }

    /// <summary>Returns what messages call the disk.</summary>
    public override string ToString() => _name;

    internal StoreContents Open(SimulatedStore store)
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(store.Phase == StorePhase.Disposed, store);
            if (_owner is not null)
            {
                throw new StoreInUseException(_name);
            }

            VerifyNotCutOff(store);
            _owner = store;
            store.Phase = StorePhase.Open;
            return _layers.Open();
        }
    }

    internal void Commit(SimulatedStore store, StoreCommit commit)
    {
        lock (_gate)
        {
            if (store.Phase == StorePhase.CutOff)
            {
                throw new StoreOutcomeUnknownException($"{Gone} The last commit may or may not be stored.");
            }

            VerifyOpen(store);
            _layers.Commit(commit, IsSynced(commit));
        }
    }

    internal void Tear(SimulatedStore store, StoreCommit commit)
    {
        lock (_gate)
        {
            VerifyOpen(store);
            if (IsTorn)
            {
                _layers.Commit(VolatileLayer.HalfOf(commit), IsSynced(commit));
            }

            CutOffLocked();
        }
    }

    internal void Read(SimulatedStore store, StoreRange range, List<StoreRecord> output)
    {
        lock (_gate)
        {
            VerifyOpen(store);
            _layers.Read(range, output);
        }
    }

    internal void ReadScheduled(SimulatedStore store, long dueTicks, int maxRecords, List<ScheduledRecord> output)
    {
        lock (_gate)
        {
            VerifyOpen(store);
            _layers.ReadScheduled(dueTicks, maxRecords, output);
        }
    }

    internal void Maintain(SimulatedStore store, bool idle)
    {
        lock (_gate)
        {
            VerifyOpen(store);
            if (idle && SyncsWhenIdle)
            {
                _layers.Sync();
            }
        }
    }

    internal void Close(SimulatedStore store)
    {
        lock (_gate)
        {
            if (_owner == store)
            {
                _owner = null;
            }

            store.Phase = StorePhase.Disposed;
        }
    }

    private bool IsSynced(StoreCommit commit) => commit.Durability == Durability.Power && !DropsSyncs;

    private int CutPowerLocked(int kept)
    {
        int lost = _layers.CutPower(kept, tears: IsTorn);
        CutOffLocked();
        return lost;
    }

    private void CutOffLocked()
    {
        if (_owner is { } owner)
        {
            owner.Phase = StorePhase.CutOff;
            _owner = null;
        }
    }

    private string Gone => $"'{_name}' is gone for this store, by a crash or a power cut: open a new one.";

    private void VerifyOpen(SimulatedStore store)
    {
        ObjectDisposedException.ThrowIf(store.Phase == StorePhase.Disposed, store);
        VerifyNotCutOff(store);
        if (store.Phase == StorePhase.New)
        {
            throw new InvalidOperationException("The store is not open: call OpenAsync first.");
        }
    }

    private void VerifyNotCutOff(SimulatedStore store)
    {
        if (store.Phase == StorePhase.CutOff)
        {
            throw new StoreException(Gone) { MustReopen = true };
        }
    }
}
