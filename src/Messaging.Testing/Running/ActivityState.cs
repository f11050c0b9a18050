namespace Messaging.Testing.Running;

/// <summary>What an activity is at: its delivery, whether it could run, and whether it blocks the thread while it waits.</summary>
internal readonly record struct ActivityState(DeliveryName Delivery, bool IsRunnable, bool IsBlocking);
