using Messaging.Testing.Faults;

namespace Messaging.Simulation.Tests;

/// <summary>The process that has the broker open, as far as there is one in a simulation: it can die.</summary>
internal sealed class SimulatedProcess(FaultStore store)
{
    private readonly TaskCompletionSource _death = new();

    public FaultStore Store => store;

    /// <summary>Gets or sets the broker; none until it is open.</summary>
    public MessageBroker? Broker { get; set; }

    public bool IsDead { get; private set; }

    public Task Death => _death.Task;

    /// <summary>Takes the store away; nothing is stored any more.</summary>
    public void Die()
    {
        IsDead = true;
        store.Sever();
    }

    /// <summary>Ends what the process's threads would have gone on with.</summary>
    public void Vanish()
    {
        try
        {
            Broker?.Abandon(new StoreException("The process of the broker has died.") { MustReopen = true });
        }
        finally
        {
            _death.TrySetResult();
        }
    }
}
