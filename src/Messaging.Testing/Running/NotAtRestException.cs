namespace Messaging.Testing;

/// <summary>A test broker does not come to rest: user code that it has called blocks, or waits for what the broker cannot know of, or new work
/// comes without end. The message names the deliveries in question and tells their history.</summary>
/// <param name="message">The message.</param>
public sealed class NotAtRestException(string message) : Exception(message);
