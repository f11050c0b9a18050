namespace Messaging.Diagnostics;

/// <summary>Who is told of each delivery and what became of it, in a test. Called on the thread that did it, without a lock.</summary>
internal abstract class DeliveryObserver
{
    public abstract void OnDelivered<T>(string subscription, in Delivery<T> delivery);

    /// <summary>Tells that a delivery has ended.</summary>
    /// <param name="subscription">The subscription.</param>
    /// <param name="token">The delivery.</param>
    /// <param name="end">How.</param>
    /// <param name="due">When the message is handed over again, in UTC ticks; 0 for at once, or not at all.</param>
    /// <param name="reason">Why; <see langword="null"/> where there is nothing to say.</param>
    public abstract void OnEnded(string subscription, DeliveryToken token, DeliveryEnd end, long due, string? reason);

    public abstract void OnDeadLettered(string subscription, string destination, long sequence, DeadLetterReason reason, string description);

    /// <summary>Tells that a message was dropped by a rule: its limit's, or because there is no dead-letter queue.</summary>
    public abstract void OnDropped(string subscription, string destination, long sequence);
}
