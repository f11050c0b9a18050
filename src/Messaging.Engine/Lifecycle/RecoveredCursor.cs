using Messaging.Cursors;

namespace Messaging.Lifecycle;

/// <summary>A cursor's state as the store holds it.</summary>
/// <param name="State">The state.</param>
/// <param name="StoredNext">What was next when the state was stored.</param>
/// <param name="Activity">When its subscription was used last.</param>
internal readonly record struct RecoveredCursor(CursorState State, long StoredNext, long Activity);
