namespace Messaging.Storage;

/// <summary>A subscription's place in a log.</summary>
/// <remarks>Subscription 0 in log 0 is none: there the engine keeps a note of its own, which a store treats as any other cursor.</remarks>
/// <param name="Subscription">The subscription, or the queue.</param>
/// <param name="Log">The log.</param>
/// <param name="State">The engine's bytes.</param>
public readonly record struct StoreCursor(int Subscription, int Log, ReadOnlyMemory<byte> State);
