namespace Messaging.Testing.Faults.Judging;

/// <summary>What faults do to one call of a store, all together.</summary>
/// <param name="Delay">How long it waits before it begins.</param>
/// <param name="End">How it ends, if not as it would by itself.</param>
/// <param name="Cause">The rule that ends it, in words.</param>
/// <param name="IsSkipped">Whether the store is not called.</param>
/// <param name="IsDoneTwice">Whether it is called a second time after the first has succeeded.</param>
internal readonly record struct FaultVerdict(TimeSpan Delay, FaultKind? End, string Cause, bool IsSkipped, bool IsDoneTwice)
{
    /// <summary>Lets the rules that are due strike a call, as far as they go together.</summary>
    /// <param name="due">The rules, in the order of their creation.</param>
    /// <param name="operation">The call.</param>
    /// <param name="struck">Gets what has struck.</param>
    public static FaultVerdict CombineLocked(List<FaultRule> due, StoreOperation operation, List<FaultEffect> struck)
    {
        var verdict = new FaultVerdict { Cause = "" };
        foreach (FaultRule rule in due)
        {
            if (rule.Kind == FaultKind.Delay)
            {
                struck.Add(rule.StrikeLocked());
                verdict = verdict with { Delay = verdict.Delay + struck[^1].Time };
            }
            else if (rule.Kind != FaultKind.Duplicate && verdict.End is null)
            {
                struck.Add(rule.StrikeLocked());
                bool isSkipped = rule.Kind == FaultKind.Tear ? operation == StoreOperation.Commit : !struck[^1].IsStored;
                verdict = verdict with { End = rule.Kind, Cause = rule.ToString(), IsSkipped = isSkipped };
            }
        }

        if (!verdict.IsSkipped && due.Find(static rule => rule.Kind == FaultKind.Duplicate) is { } twice)
        {
            struck.Add(twice.StrikeLocked());
            verdict = verdict with { IsDoneTwice = true };
        }

        return verdict;
    }
}
