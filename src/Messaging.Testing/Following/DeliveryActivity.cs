namespace Messaging.Testing.Following;

/// <summary>A handler's call, or a loop's way with a delivery.</summary>
internal sealed class DeliveryActivity(WorkCount count) : Activity(count, new Lock())
{
    protected override bool RunsLocked => Begun && Waits == 0;
}
