using System.Diagnostics;
using System.Globalization;

namespace Messaging.Sqlite.Diagnostics;

/// <summary>The places at which a test can have the process die, as if it were killed from outside; there are none in a release build.</summary>
/// <remarks><c>MESSAGING_CRASH_AT=name:n</c> kills the process at the n-th time that the place is reached. It is the twin of the
/// engine's, with which the store shares no internal code.</remarks>
internal static class CrashPoint
{
    public const string Variable = "MESSAGING_CRASH_AT";

    public const string TransactionBegun = "store.transaction-begun";
    public const string RecordsAppended = "store.records-appended";
    public const string CursorsWritten = "store.cursors-written";
    public const string LogTrimmed = "store.log-trimmed";
    public const string BatchesFreed = "store.batches-freed";
    public const string EntryRemoved = "store.entry-removed";
    public const string CommitBegins = "store.commit-begins";
    public const string CommitDone = "store.commit-done";
    public const string CheckpointBegins = "store.checkpoint-begins";
    public const string CheckpointDone = "store.checkpoint-done";

    private static readonly (string Name, int Times) _armed = Parse(Environment.GetEnvironmentVariable(Variable));
    private static int _reached;

    /// <summary>Gets the names of all places in the store.</summary>
    public static IReadOnlyList<string> All { get; } =
    [
        TransactionBegun, RecordsAppended, CursorsWritten, LogTrimmed, BatchesFreed, EntryRemoved, CommitBegins, CommitDone,
        CheckpointBegins, CheckpointDone,
    ];

    /// <summary>Tells that a place was reached.</summary>
    [Conditional("DEBUG")]
    public static void Reached(string name)
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
