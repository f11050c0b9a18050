namespace Messaging.Storage;

/// <summary>A subscription's place in a log.</summary>
/// <param name="Subscription">The subscription, or the queue.</param>
/// <param name="Log">The log.</param>
/// <param name="State">The engine's bytes.</param>
public readonly record struct StoreCursor(int Subscription, int Log, ReadOnlyMemory<byte> State);
