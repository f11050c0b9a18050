using Messaging.Dispatch;

namespace Messaging.Subscriptions;

/// <summary>A message that was just handed to a consumer.</summary>
/// <param name="Item">The message.</param>
/// <param name="Token">The delivery's token.</param>
/// <param name="MustMark">Whether the delivery must wait until the store knows of it.</param>
internal readonly record struct LeasedMessage(Buffered Item, DeliveryToken Token, bool MustMark);
