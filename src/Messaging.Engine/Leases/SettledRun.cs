using Messaging.Bounds;
using Messaging.Cursors;

namespace Messaging.Leases;

/// <summary>Acknowledged messages of one cursor that were settled together.</summary>
/// <param name="Cursor">The cursor; <see langword="null"/> for none.</param>
/// <param name="Count">How many.</param>
/// <param name="Backlog">The backlog that they leave; <see langword="null"/> for one without a limit.</param>
/// <param name="Bytes">Their size in it.</param>
/// <param name="More">Whether there are acknowledged messages of another cursor.</param>
internal readonly record struct SettledRun(LogCursor? Cursor, long Count, Backlog? Backlog, long Bytes, bool More);
