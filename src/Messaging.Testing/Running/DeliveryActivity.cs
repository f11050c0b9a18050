namespace Messaging.Testing.Running;

/// <summary>A handler's call, or a loop's way with a delivery.</summary>
internal sealed class DeliveryActivity(SerialWork work) : Activity(work, new Lock())
{
    protected override bool RunsLocked => Begun && Waits == 0;
}
