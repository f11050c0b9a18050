using Messaging.Records;

namespace Messaging.Consumers;

/// <summary>A copy of a message whose body is still to be read: its slot is somebody else's as soon as the lease ends.</summary>
/// <param name="Record">The record.</param>
/// <param name="Body">The body's bytes; empty for one that is not encoded.</param>
/// <param name="Info">What is known of the delivery.</param>
internal readonly record struct UnreadMessage(Record Record, ReadOnlyMemory<byte> Body, DeliveryInfo Info);
