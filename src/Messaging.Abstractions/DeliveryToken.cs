namespace Messaging;

/// <summary>The fencing token of one delivery: later deliveries of a subscription have greater tokens.</summary>
/// <param name="Epoch">The number of the broker's opening; every opening of a store ends all older leases.</param>
/// <param name="Number">The delivery's number within the epoch.</param>
public readonly record struct DeliveryToken(long Epoch, long Number);
