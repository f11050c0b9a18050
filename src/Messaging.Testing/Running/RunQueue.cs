using System.Collections.Concurrent;

namespace Messaging.Testing.Running;

/// <summary>What is runnable, and which of it runs next: in the order of its coming, or by the choice of a seed.</summary>
/// <remarks>Work arrives from any thread, without a lock. Only the thread that drains the queue takes it.</remarks>
internal sealed class RunQueue(int? seed)
{
    private readonly ConcurrentQueue<WorkItem> _arrived = new();
    private long _calls;

    // Used by the draining thread only.
    private readonly Random? _choice = seed is { } given ? new Random(given) : null;
    private readonly List<WorkItem> _runnable = [];
    private int _next;

    /// <summary>Gets a value indicating whether something has come since the last look.</summary>
    public bool HasArrivals => !_arrived.IsEmpty;

    public void Add(WorkItem item) => _arrived.Enqueue(item);

    /// <summary>Gets the number of the next call from outside, from 1. Calls keep the order of their numbers, whatever the seed.</summary>
    public long NextCall() => Interlocked.Increment(ref _calls);

    /// <summary>Takes what runs next.</summary>
    /// <param name="item">What runs next.</param>
    /// <param name="choice">Which one it is of those that could have run, from 0, and how many these were.</param>
    /// <returns>Whether there is anything.</returns>
    public bool TryTake(out WorkItem item, out (int Chosen, int Of) choice)
    {
        if (_next == _runnable.Count)
        {
            _runnable.Clear();
            _next = 0;
        }

        while (_arrived.TryDequeue(out WorkItem arrived))
        {
            _runnable.Add(arrived);
        }

        if (_runnable.Count == 0)
        {
            (item, choice) = (default, default);
            return false;
        }

        int count = _runnable.Count - _next;
        int chosen = _next;
        if (_choice is not null)
        {
            chosen = _choice.Next(_next, _runnable.Count);
            chosen = _runnable[chosen].Call == 0 ? chosen : FirstCall();
            (_runnable[_next], _runnable[chosen]) = (_runnable[chosen], _runnable[_next]);
        }

        choice = (chosen - _next, count);
        item = _runnable[_next];
        _runnable[_next++] = default;
        return true;
    }

    private int FirstCall()
    {
        int first = -1;
        for (int i = _next; i < _runnable.Count; i++)
        {
            if (_runnable[i].Call != 0 && (first < 0 || _runnable[i].Call < _runnable[first].Call))
            {
                first = i;
            }
        }

        return first;
    }
}
