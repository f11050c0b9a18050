namespace Messaging.Testing;

/// <summary>What a test expected of its observations does not hold. The message names the expectation, what was there, and the history of each
/// message in question.</summary>
/// <param name="message">The message.</param>
public sealed class ObservationException(string message) : Exception(message);
