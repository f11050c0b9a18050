namespace Messaging.Testing.Running;

/// <summary>Those who wait for rest, and for the clock to be at a time then. The clock moves for one of them at a time.</summary>
/// <remarks>Anybody adds a request; only the thread that drains the queue of work serves it, at rest.</remarks>
internal sealed class RestQueue(VirtualTime time)
{
    // Guarded by _gate.
    private readonly Lock _gate = new();
    private readonly List<RestRequest> _requests = [];

    // How many, at the beginning, are of code that the broker has called.
    private int _inner;

    /// <summary>Gets the request whose turn it is. Code that the broker has called asks first: everybody else waits for it, too.</summary>
    public RestRequest? First
    {
        get
        {
            lock (_gate)
            {
                return _requests.Count > 0 ? _requests[0] : null;
            }
        }
    }

    public void Add(RestRequest request)
    {
        lock (_gate)
        {
            _requests.Insert(request.IsInner ? _inner++ : _requests.Count, request);
        }
    }

    /// <summary>Moves the clock to the next timer that is due on the way of the first request, and fires it. Then it waits for rest again.</summary>
    /// <returns>Whether there was one.</returns>
    public bool TryFireNext(RestRequest first) => first.TargetOn(time) is { } target && time.TryFireNext(target);

    /// <summary>Moves the clock to where the first request wants it, and ends the request.</summary>
    public void Complete(RestRequest first)
    {
        time.MoveTo(first.TargetOn(time) ?? 0);
        lock (_gate)
        {
            _requests.Remove(first);
            _inner -= first.IsInner ? 1 : 0;
        }

        first.Complete();
    }
}
