namespace Messaging.Diagnostics;

/// <summary>The one mistake that <c>MESSAGING_SEEDED_BUG</c> asks for, or a test of the broker it runs; a release build makes none.</summary>
internal static class SeededBugs
{
    public const string Variable = "MESSAGING_SEEDED_BUG";

#if DEBUG
    private static readonly SeededBug _asked =
        Enum.TryParse(Environment.GetEnvironmentVariable(Variable), out SeededBug bug) ? bug : SeededBug.None;

    public static bool Is(SeededBug bug) => _asked == bug || (SynchronizationContext.Current is WorkContext context && context.Bug == bug);
#else
    public static bool Is(SeededBug bug) => false;
#endif
}
