using Messaging.Diagnostics;

namespace Messaging.Specification.Tests.Broker;

/// <summary>An observer that throws as often as it is told, in the middle of a hand-over.</summary>
internal sealed class ThrowingObserver : DeliveryObserver
{
    private int _left;

    public void Throws(int times) => Volatile.Write(ref _left, times);

    public override void OnDelivered<T>(string subscription, in Delivery<T> delivery)
    {
        if (Interlocked.Decrement(ref _left) >= 0)
        {
            throw new InvalidTimeZoneException();
        }
    }

    public override void OnEnded(string subscription, DeliveryToken token, DeliveryEnd end, long due, string? reason)
    {
    }

    public override void OnDeadLettered(string subscription, string destination, long sequence, DeadLetterReason reason, string description)
    {
    }

    public override void OnDropped(string subscription, string destination, long sequence)
    {
    }
}
