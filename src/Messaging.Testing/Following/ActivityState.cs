namespace Messaging.Testing.Following;

/// <summary>What an activity is at: its delivery, if it is known, whether it runs, and whether it blocks the thread while it waits.</summary>
internal readonly record struct ActivityState(DeliveryName? Delivery, bool IsRunnable, bool IsBlocking)
{
    /// <summary>Gets a value indicating whether it is a loop that code under test has left behind.</summary>
    public bool IsLeftBehind { get; init; }

    public string Name => Delivery is { } delivery ? $"The code that handles {delivery}" : "Code that the test started with TestBroker.Run";
}
