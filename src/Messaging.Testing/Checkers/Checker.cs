using Messaging.Testing.Histories;

namespace Messaging.Testing.Checkers;

/// <summary>All checkers together: what a broker's history must show.</summary>
/// <remarks>A checker says nothing where the history lacks what it needs; see its remarks. So a history need not tell of everything, but
/// what it does not tell of is not checked. An invariant of one's own is one more <see cref="IChecker"/>.</remarks>
public static class Checker
{
    /// <summary>Gets one of each, in the order of their numbers.</summary>
    public static IReadOnlyList<IChecker> All { get; } =
    [
        new NoAcknowledgedLoss(),
        new NoPhantom(),
        new AckIsFinal(),
        new ExplainedDuplicates(),
        new KeyOrder(),
        new LeaseExclusivity(),
        new Liveness(),
        new Accounting(),
        new NeverEarly(),
        new CountsNeverFall(),
        new SentOnce(),
        new Atomicity(),
        new NoLeak(),
    ];

    /// <summary>Holds a history against all invariants.</summary>
    /// <param name="history">The history. It must not grow meanwhile.</param>
    /// <returns>What contradicts them, in the order of the invariants; empty when all is well.</returns>
    public static IReadOnlyList<Violation> Check(History history) => [.. All.SelectMany(checker => checker.Check(history))];
}
