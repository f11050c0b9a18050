namespace Messaging.Specification.Tests.Doors.Hostile;

/// <summary>The ways in which a message fails, each on another thread.</summary>
public enum FailureWay
{
    /// <summary>A consumer says so, on its own thread.</summary>
    Nack,

    /// <summary>A handler throws, in its worker's loop.</summary>
    HandlerThrows,

    /// <summary>Its lease ends, on the timer's thread.</summary>
    LeaseEnds,
}
