namespace Messaging.Crash.Tests.Kills;

/// <summary>The named points of the engine and of the store.</summary>
internal static class CrashPoints
{
    private static readonly string[] _rare =
    [
        Diagnostics.CrashPoint.DeadLetterPurged,
        Diagnostics.CrashPoint.EntryDeclared,
        Diagnostics.CrashPoint.EntryRemoved,
        Sqlite.Diagnostics.CrashPoint.EntryRemoved,
        Sqlite.Diagnostics.CrashPoint.BatchesFreed,
        Sqlite.Diagnostics.CrashPoint.CheckpointBegins,
        Sqlite.Diagnostics.CrashPoint.CheckpointDone,
        Diagnostics.CrashPoint.ScheduleDue,
        Diagnostics.CrashPoint.DeadLetterMoves,
    ];

    public static IReadOnlyList<string> All { get; } = [.. Diagnostics.CrashPoint.All, .. Sqlite.Diagnostics.CrashPoint.All];

    /// <summary>Tells whether a life reaches a point a few times only.</summary>
    public static bool IsRare(string point) => _rare.Contains(point);
}
