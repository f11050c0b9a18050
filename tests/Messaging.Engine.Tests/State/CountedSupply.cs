using Messaging.State;

namespace Messaging.Engine.Tests.State;

/// <summary>A supply that counts what is asked of it.</summary>
internal sealed class CountedSupply : ISupply
{
    public int Capacity { get; init; } = 1;

    public int Fresh { get; set; }

    public bool IsTaken { get; init; }

    public int Fills { get; private set; }

    public int Wakes { get; private set; }

    public bool HasRoom => Capacity > 0;

    public bool TryFill()
    {
        Fills++;
        bool any = Fresh > 0;
        Fresh = 0;
        return any;
    }

    public bool HasFresh() => Fresh > 0;

    public bool HasTaken() => IsTaken;

    public bool HasAcked() => false;

    public void Wake() => Wakes++;
}
