using Messaging.Workers;

namespace Messaging.Topology;

/// <summary>The workers that the broker stops when it closes.</summary>
internal sealed class TrackedWorkers
{
    private const int FewestToSearch = 64;

    // Guarded by _gate.
    private readonly Lock _gate = new();
    private readonly List<ITrackedWorker> _workers = [];
    private int _searchAt = FewestToSearch;
    private bool _refuses;

    /// <summary>Has the broker stop a worker when it closes.</summary>
    /// <returns>Whether it will. Otherwise it is closing already, and the worker must not start.</returns>
    public bool TryAdd(ITrackedWorker worker)
    {
        lock (_gate)
        {
            if (_refuses)
            {
                return false;
            }

            if (_workers.Count >= _searchAt)
            {
                _workers.RemoveAll(static other => other.IsStopped);
                _searchAt = Math.Max(FewestToSearch, 2 * _workers.Count);
            }

            _workers.Add(worker);
            return true;
        }
    }

    /// <summary>Refuses new workers from now on.</summary>
    /// <returns>Those that are there.</returns>
    public IWorker[] Close()
    {
        lock (_gate)
        {
            _refuses = true;
            return [.. _workers];
        }
    }
}
