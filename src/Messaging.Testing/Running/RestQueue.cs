namespace Messaging.Testing.Running;

/// <summary>Those who wait for rest, and for the clock to be at a time then. The clock moves for one of them at a time.</summary>
/// <remarks>Anybody adds a request; only the thread that drains the queue of work serves it, at rest, and removes it.</remarks>
internal sealed class RestQueue
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

    public void Remove(RestRequest request)
    {
        lock (_gate)
        {
            _requests.Remove(request);
            _inner -= request.IsInner ? 1 : 0;
        }
    }
}
