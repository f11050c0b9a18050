using Messaging.Bounds;

namespace Messaging.Cursors;

/// <summary>Messages of one cursor that were settled together, or have left its backlog.</summary>
/// <param name="Cursor">The cursor; <see langword="null"/> where nothing was settled.</param>
/// <param name="Count">How many.</param>
/// <param name="Backlog">The backlog that they leave; <see langword="null"/> for one without a limit.</param>
/// <param name="Bytes">Their size in it.</param>
internal readonly record struct SettledRun(LogCursor? Cursor, long Count, Backlog? Backlog, long Bytes)
{
    /// <summary>Gets a value indicating whether the log trims at once. Otherwise it waits until there is enough.</summary>
    public bool IsExact { get; init; }
}
