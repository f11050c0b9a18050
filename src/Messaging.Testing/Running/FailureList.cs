namespace Messaging.Testing.Running;

/// <summary>What was thrown where nobody else would hear of it.</summary>
internal sealed class FailureList
{
    // Guarded by _gate.
    private readonly Lock _gate = new();
    private readonly List<Exception> _lasting = [];
    private readonly List<Exception> _untold = [];

    /// <summary>Gets what the engine's own work has thrown.</summary>
    public IReadOnlyList<Exception> Lasting
    {
        get
        {
            lock (_gate)
            {
                return [.. _lasting];
            }
        }
    }

    /// <summary>Adds what the engine's own work has thrown: the broker is of no use any more.</summary>
    public void Add(Exception exception)
    {
        lock (_gate)
        {
            _lasting.Add(exception);
        }
    }

    /// <summary>Adds what code that the test has started has thrown. It is thrown to the test once.</summary>
    public void AddUntold(Exception exception)
    {
        lock (_gate)
        {
            _untold.Add(exception);
        }
    }

    /// <exception cref="AggregateException">There are failures.</exception>
    public void ThrowIfAny()
    {
        lock (_gate)
        {
            if (_lasting.Count > 0)
            {
                throw new AggregateException("The broker, or a callback in it, has thrown.", _lasting);
            }

            if (_untold.Count > 0)
            {
                var failure = new AggregateException("Code that the test started with TestBroker.Run has thrown.", _untold);
                _untold.Clear();
                throw failure;
            }
        }
    }
}
