using Messaging.State;

namespace Messaging.Engine.Tests.State;

/// <summary>The demand of the engine.</summary>
internal sealed class WholeDemand : DemandSubject
{
    private readonly Demand _demand = new();

    public override bool IsHungry => _demand.IsHungry;

    public override bool IsFull => _demand.IsFull;

    public override void Park() => _demand.Park();

    public override void NoteFull() => _demand.NoteFull();

    public override bool Serve(ISupply supply)
    {
        _demand.Ask();
        return _demand.End(supply);
    }
}
