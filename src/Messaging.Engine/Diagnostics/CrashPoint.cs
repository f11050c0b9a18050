using System.Diagnostics;
using System.Globalization;

namespace Messaging.Diagnostics;

/// <summary>The places at which a test can have the process die as if it were killed from outside, or a broker as if its process had died.</summary>
/// <remarks>A process dies in debug builds only. <c>MESSAGING_CRASH_AT=name:n</c> kills the process at the n-th time that the place is reached. The store has a twin, since it
/// shares no internal code with the engine.</remarks>
internal static class CrashPoint
{
    public const string Variable = "MESSAGING_CRASH_AT";

    public const string AppendQueued = "engine.append-queued";
    public const string CommitBegins = "engine.commit-begins";
    public const string CommitReturned = "engine.commit-returned";
    public const string Published = "engine.published";
    public const string Confirmed = "engine.confirmed";
    public const string FloorMoved = "engine.floor-moved";
    public const string RangesMerged = "engine.ranges-merged";
    public const string StateEncoded = "engine.state-encoded";
    public const string DeadLetterMoves = "engine.dead-letter-moves";
    public const string DeadLetterPurged = "engine.dead-letter-purged";
    public const string ScheduleDue = "engine.schedule-due";
    public const string EntryDeclared = "engine.entry-declared";
    public const string EntryRemoved = "engine.entry-removed";

    private static readonly (string Name, int Times) _armed = Parse(Environment.GetEnvironmentVariable(Variable));
    private static int _reached;

    /// <summary>Gets the names of all places in the engine.</summary>
    public static IReadOnlyList<string> All { get; } =
    [
        AppendQueued, CommitBegins, CommitReturned, Published, Confirmed, FloorMoved, RangesMerged, StateEncoded, DeadLetterMoves,
        DeadLetterPurged, ScheduleDue, EntryDeclared, EntryRemoved,
    ];

    /// <summary>Tells that a place was reached.</summary>
    public static void Reached(string name)
    {
        DieIfArmed(name);
        (SynchronizationContext.Current as WorkContext)?.Reached(name);
    }

    /// <summary>Tells that a place was reached which is reached with each message: in a release build, not even that is asked.</summary>
    [Conditional("DEBUG")]
    public static void ReachedOften(string name) => Reached(name);

    [Conditional("DEBUG")]
    private static void DieIfArmed(string name)
    {
        if (_armed.Name == name && Interlocked.Increment(ref _reached) == _armed.Times)
        {
            // SIGKILL: no handler, no flush, nothing of this process runs any more.
            Process.GetCurrentProcess().Kill();
        }
    }

    private static (string Name, int Times) Parse(string? armed) =>
        armed?.Split(':') is [var name, var times] ? (name, int.Parse(times, CultureInfo.InvariantCulture)) : ("", 0);
}
