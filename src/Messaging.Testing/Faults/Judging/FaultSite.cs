namespace Messaging.Testing.Faults.Judging;

/// <summary>Where faults strike.</summary>
internal enum FaultSite
{
    Store,
    Point,
    Delivery,
    ClockMove,
}
