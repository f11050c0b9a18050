namespace Messaging.Engine.Tests.State;

/// <summary>What a <see cref="FlawedDemand"/> does wrong.</summary>
public enum DemandFlaw
{
    None,
    LooksBeforeHungry,
    LooksNoMore,
    WakesNobody,
    ClearsFullLate,
    ForgetsTaken,
    ForgetsAcked,
}
