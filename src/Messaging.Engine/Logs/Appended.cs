using Messaging.Bounds;

namespace Messaging.Logs;

/// <summary>Records that are in their log since a moment ago, and what the log's readers were like then.</summary>
/// <param name="Log">The log.</param>
/// <param name="First">The number of the first one.</param>
/// <param name="Count">How many there are, side by side.</param>
/// <param name="Bytes">Their size together.</param>
/// <param name="IsKept">Whether a reader wants them.</param>
/// <param name="Backlogs">The bounds in which they count.</param>
internal readonly record struct Appended(MessageLog Log, long First, int Count, long Bytes, bool IsKept, Backlog[] Backlogs);
