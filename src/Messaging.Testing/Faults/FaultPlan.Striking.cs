namespace Messaging.Testing.Faults;

/// <content>What stores and the test's broker ask: does something strike here, and now?</content>
public sealed partial class FaultPlan
{
    internal FaultRule Add(FaultSubject subject, FaultTrigger trigger, FaultEffect effect)
    {
        lock (_gate)
        {
            // The number of the rule makes its chances its own, the same in every run.
            var rule = new FaultRule(_gate, subject, trigger, effect, unchecked((_seed * 1_000_003) + _rules.Count));
            _rules.Add(rule);
            _active.Add(rule);
            return rule;
        }
    }

    /// <summary>Says what happens to a call of a store.</summary>
    internal FaultVerdict Judge(in FaultOccasion call)
    {
        var struck = new List<FaultEffect>();
        FaultVerdict verdict;
        string place;
        lock (_gate)
        {
            List<FaultRule> due = FindDueLocked(call);
            if (due.Count == 0)
            {
                return default;
            }

            verdict = CombineLocked(due, call.Operation, struck);
            place = NameLocked(call);
        }

        Tell(place, struck);
        return verdict;
    }

    /// <summary>Says whether the broker is to crash at a point that it passes.</summary>
    internal bool CrashesAt(string point) => Strike(new FaultOccasion(FaultSite.Point, Name: point)).Count > 0;

    /// <summary>Says what happens to a delivery: whether it loses its lease, and how much longer it takes its consumer.</summary>
    internal (bool LosesLease, TimeSpan Slowness) JudgeDelivery(string subscription)
    {
        List<FaultEffect> struck = Strike(new FaultOccasion(FaultSite.Delivery, Name: subscription));
        return (struck.Exists(static effect => effect.Kind == FaultKind.LoseLease), Sum(struck));
    }

    /// <summary>Says by how much the wall clock is set while the test's clock moves; zero for not at all.</summary>
    internal TimeSpan JudgeClockMove() => Sum(Strike(new FaultOccasion(FaultSite.ClockMove)));

    private static TimeSpan Sum(List<FaultEffect> effects) => effects.Aggregate(TimeSpan.Zero, static (sum, effect) => sum + effect.Time);

    private static FaultVerdict CombineLocked(List<FaultRule> due, StoreOperation operation, List<FaultEffect> struck)
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

    private List<FaultEffect> Strike(in FaultOccasion occasion)
    {
        List<FaultEffect> struck;
        string place;
        lock (_gate)
        {
            struck = FindDueLocked(occasion).ConvertAll(static rule => rule.StrikeLocked());
            place = struck.Count > 0 ? NameLocked(occasion) : "";
        }

        Tell(place, struck);
        return struck;
    }

    /// <summary>Counts an occasion and finds the rules that would strike it, in the order of their creation.</summary>
    private List<FaultRule> FindDueLocked(in FaultOccasion occasion)
    {
        var due = new List<FaultRule>();
        if (_isCalm)
        {
            return due;
        }

        (FaultSite Site, StoreOperation Operation, string? Point) kind = KindOf(occasion);
        _seen[kind] = _seen.GetValueOrDefault(kind) + 1;
        _active.RemoveAll(static rule => rule.HasEndedLocked);
        foreach (FaultRule rule in _active)
        {
            if (rule.IsDueLocked(occasion))
            {
                due.Add(rule);
            }
        }

        return due;
    }

    private string NameLocked(in FaultOccasion occasion) => FaultSubject.Tell(occasion, _seen[KindOf(occasion)]);

    private static (FaultSite Site, StoreOperation Operation, string? Point) KindOf(in FaultOccasion occasion) =>
        (occasion.Site, occasion.Operation, occasion.Site == FaultSite.Point ? occasion.Name : null);

    private void Tell(string place, List<FaultEffect> struck)
    {
        if (Trace is { } trace)
        {
            foreach (FaultEffect effect in struck)
            {
                trace($"{place}: {effect}");
            }
        }
    }
}
