namespace Messaging.Sqlite.Diagnostics;

/// <summary>The one mistake of the store that <c>MESSAGING_SEEDED_BUG</c> asks for; a release build makes none.</summary>
internal static class SeededBugs
{
    /// <summary>Commits are never synced: only a power cut can show it.</summary>
    public const string DropFsync = "DropFsync";

#if DEBUG
    private static readonly string? _asked = Environment.GetEnvironmentVariable("MESSAGING_SEEDED_BUG");

    public static bool Is(string bug) => _asked == bug;
#else
    public static bool Is(string bug) => false;
#endif
}
