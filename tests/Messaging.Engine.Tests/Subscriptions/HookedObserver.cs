using Messaging.Diagnostics;

namespace Messaging.Engine.Tests.Subscriptions;

/// <summary>An observer that says what it is told in one line, to whoever listens.</summary>
internal sealed class HookedObserver(Action<string> told) : DeliveryObserver
{
    public override void OnDelivered<T>(string subscription, in Delivery<T> delivery) => told("delivered");

    public override void OnEnded(string subscription, DeliveryToken token, DeliveryEnd end, long due, string? reason) => told($"{end}");

    public override void OnDeadLettered(string subscription, string destination, long sequence, DeadLetterReason reason, string description) =>
        told($"dead {sequence}");

    public override void OnDropped(string subscription, string destination, long sequence) => told($"dropped {sequence}");
}
