namespace Messaging.Testing.Faults;

/// <summary>Where faults strike.</summary>
internal enum FaultSite
{
    Store,
    Point,
    Delivery,
    ClockMove,
}
