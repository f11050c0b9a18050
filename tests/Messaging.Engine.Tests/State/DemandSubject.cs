using Messaging.State;

namespace Messaging.Engine.Tests.State;

/// <summary>A <see cref="Demand"/> as its parties use it, or one with a flaw.</summary>
internal abstract class DemandSubject
{
    public abstract bool IsHungry { get; }

    public abstract bool IsFull { get; }

    public abstract void Park();

    public abstract void NoteFull();

    /// <summary>Has the supply offer what it can.</summary>
    /// <returns>Whether acks are settled soon.</returns>
    public abstract bool Serve(ISupply supply);
}
