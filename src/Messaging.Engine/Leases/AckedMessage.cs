using Messaging.Cursors;

namespace Messaging.Leases;

/// <summary>A message whose lease has ended, since it was acknowledged.</summary>
/// <param name="Cursor">Its cursor.</param>
/// <param name="Sequence">Its number.</param>
/// <param name="Size">The size of its record.</param>
internal readonly record struct AckedMessage(LogCursor Cursor, long Sequence, int Size);
