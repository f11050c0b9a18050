using Messaging.Dispatch;

namespace Messaging.State;

/// <summary>A message on its way out of a subscription, or back: to the dead letters, dropped, or waiting while its retry policy is asked.</summary>
/// <remarks><see cref="InHand"/> begins it, and it must end there or come back.</remarks>
/// <param name="Item">The message.</param>
/// <param name="HasLeft">Whether it has left the backlog already.</param>
internal readonly record struct Move(Buffered Item, bool HasLeft);
