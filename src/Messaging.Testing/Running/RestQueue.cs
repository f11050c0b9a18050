namespace Messaging.Testing.Running;

/// <summary>Those who wait for rest, and for the clock to be at a time then. The clock moves for one of them at a time.</summary>
/// <remarks>Anybody adds a request; only the thread that drains the queue of work serves it, at rest.</remarks>
internal sealed class RestQueue(VirtualTime time)
{
    // Guarded by _gate.
    private readonly Lock _gate = new();
    private readonly Queue<RestRequest> _requests = new();
    private readonly Queue<RestRequest> _innerRequests = new();

    /// <summary>Gets the request whose turn it is. Code that the broker has called asks first: everybody else waits for it, too.</summary>
    public RestRequest? First
    {
        get
        {
            lock (_gate)
            {
                return _innerRequests.TryPeek(out RestRequest? first) || _requests.TryPeek(out first) ? first : null;
            }
        }
    }

    public void Add(RestRequest request)
    {
        lock (_gate)
        {
            QueueOf(request).Enqueue(request);
        }
    }

    /// <summary>Moves the clock to the next timer that is due on the way of the first request, and fires it. Then it waits for rest again.</summary>
    /// <returns>Whether there was one.</returns>
    public bool TryFireNext(RestRequest first) => first.TargetFrom(time.GetTimestamp()) is { } target && time.TryFireNext(target);

    /// <summary>Moves the clock to where the first request wants it, and ends the request.</summary>
    public void Complete(RestRequest first)
    {
        time.MoveTo(first.TargetFrom(time.GetTimestamp()) ?? 0);
        lock (_gate)
        {
            QueueOf(first).Dequeue();
        }

        first.Complete();
    }

    private Queue<RestRequest> QueueOf(RestRequest request) => request.IsInner ? _innerRequests : _requests;
}
