using Microsoft.CodeAnalysis;

namespace Messaging.Architecture.Tests.Doors;

/// <summary>No door is reached under a lock, nor on the writer's or the timer's thread, but those that say why they may be.</summary>
internal static class DoorThreadRule
{
    private const string LockRuleName = "doors and locks";
    private const string ThreadRuleName = "doors and threads";

    /// <summary>Where the engine's own threads begin.</summary>
    public static readonly string[] Roots = ["CommitLoop.RunThread", "Scheduler.OnTimer"];

    public static IEnumerable<string> CheckLocks(Code code, DoorReach reach, IReadOnlyCollection<Door> doors) =>
        (from function in code.Functions
         from locked in DoorReach.LockedIn(function)
         let part = function.Runs().Where(operation => locked.Span.Contains(operation.Syntax.Span))
         from reached in reach.From(function, part, call => DoorRule.DoorOf(doors, call) is not { UnderALock: not null })
         select reached.Call.At(LockRuleName, $"{reached.Call.Name} is called under a lock: {reached.Way}")).Distinct();

    public static IEnumerable<string> CheckThreads(Code code, DoorReach reach, IReadOnlyCollection<Door> doors, IEnumerable<string> roots) =>
        from root in roots
        let start = code.Functions.SingleOrDefault(function => $"{function.Symbol.ContainingType.Name}.{function.Symbol.Name}" == root)
            ?? throw new InvalidOperationException($"There is no {root}: the rule of the engine's threads has lost its beginning.")
        from reached in reach.From(start, call => DoorRule.DoorOf(doors, call) is not { OnEngineThreads: not null } && call.Name != Elsewhere)
        select reached.Call.At(ThreadRuleName, $"{reached.Call.Name} is called on an engine's thread: {reached.Way}");

    /// <summary>What runs the callbacks on the thread pool, whoever calls it.</summary>
    private const string Elsewhere = "CancellationTokenSource.CancelAsync";
}
