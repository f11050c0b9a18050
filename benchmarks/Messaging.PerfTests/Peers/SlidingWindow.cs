namespace Messaging.PerfTests.Peers;

/// <summary>One producer's sends that are under way: it waits for the oldest when there are as many as it may have.</summary>
internal sealed class SlidingWindow(int size)
{
    private readonly Task[] _sends = [.. Enumerable.Repeat(Task.CompletedTask, size)];
    private long _next;

    /// <summary>Waits until there is room.</summary>
    public Task WaitAsync() => _sends[_next % size];

    /// <summary>Adds a send, after the wait for room.</summary>
    public void Add(Task send) => _sends[_next++ % size] = send;

    /// <summary>Waits for all.</summary>
    public Task DrainAsync() => Task.WhenAll(_sends);
}
