namespace Messaging.TestSupport;

/// <summary>A synchronization context of somebody else's, which runs what it is given on the thread pool and counts it.</summary>
public sealed class ForeignContext : SynchronizationContext
{
    private int _posts;

    /// <summary>Gets how much it was given.</summary>
    public int Posts => Volatile.Read(ref _posts);

    public override void Post(SendOrPostCallback d, object? state)
    {
        Interlocked.Increment(ref _posts);
        base.Post(d, state);
    }
}
