namespace Messaging.Checkers;

/// <summary>All checkers together.</summary>
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
    public static IReadOnlyList<Violation> Check(History history) => [.. All.SelectMany(checker => checker.Check(history))];
}
