namespace Messaging.Testing.Faults.Judging;

/// <summary>What stores and the test's broker ask: does a rule of the plan strike here, and now?</summary>
/// <param name="seed">Decides what rules do by chance.</param>
internal sealed class FaultJudge(int seed)
{
    // Guarded by the gate, as is what each rule counts.
    private readonly Lock _gate = new();
    private readonly List<FaultRule> _rules = [];
    private readonly List<FaultRule> _active = [];

    // How often each kind of occasion has come.
    private readonly Dictionary<(FaultSite Site, StoreOperation Operation, string? Point), long> _seen = [];
    private bool _isCalm;

    public bool IsCalm
    {
        get
        {
            lock (_gate)
            {
                return _isCalm;
            }
        }

        set
        {
            lock (_gate)
            {
                _isCalm = value;
            }
        }
    }

    /// <summary>Gets or sets what is told of each fault when it strikes.</summary>
    public Action<string>? Trace { get; set; }

    /// <summary>Gets all rules in the order of their creation.</summary>
    public FaultRule[] Rules
    {
        get
        {
            lock (_gate)
            {
                return [.. _rules];
            }
        }
    }

    /// <summary>Finds the rules that have not struck, but those of chance, and says how often what each waits for has happened.</summary>
    public List<(FaultRule Rule, string Told)> FindUnhit()
    {
        lock (_gate)
        {
            return [.. _rules.Where(static rule => rule.IsUnhitLocked).Select(static rule => (rule, $"{rule} ({rule.TellSeenLocked()})"))];
        }
    }

    public FaultRule Add(FaultSubject subject, FaultTrigger trigger, FaultEffect effect)
    {
        lock (_gate)
        {
            // The number of the rule makes its chances its own, the same in every run.
            var rule = new FaultRule(_gate, subject, trigger, effect, unchecked((seed * 1_000_003) + _rules.Count));
            _rules.Add(rule);
            _active.Add(rule);
            return rule;
        }
    }

    /// <summary>Says what happens to a call of a store.</summary>
    public FaultVerdict JudgeCall(in FaultOccasion call)
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

            verdict = FaultVerdict.CombineLocked(due, call.Operation, struck);
            place = FaultSubject.Tell(call, _seen[call.Kind]);
        }

        Tell(place, struck);
        return verdict;
    }

    /// <summary>Says whether the broker is to crash at a point that it passes.</summary>
    public bool CrashesAt(string point) => Strike(new FaultOccasion(FaultSite.Point, Name: point)).Count > 0;

    /// <summary>Says what happens to a delivery: whether it loses its lease, and how much longer it takes its consumer.</summary>
    public (bool LosesLease, TimeSpan Slowness) JudgeDelivery(string subscription)
    {
        List<FaultEffect> struck = Strike(new FaultOccasion(FaultSite.Delivery, Name: subscription));
        return (struck.Exists(static effect => effect.Kind == FaultKind.LoseLease), Sum(struck));
    }

    /// <summary>Says by how much the wall clock is set while the test's clock moves; zero for not at all.</summary>
    public TimeSpan JudgeClockMove() => Sum(Strike(new FaultOccasion(FaultSite.ClockMove)));

    private static TimeSpan Sum(List<FaultEffect> effects) => effects.Aggregate(TimeSpan.Zero, static (sum, effect) => sum + effect.Time);

    private List<FaultEffect> Strike(in FaultOccasion occasion)
    {
        List<FaultEffect> struck;
        string place;
        lock (_gate)
        {
            struck = FindDueLocked(occasion).ConvertAll(static rule => rule.StrikeLocked());
            if (struck.Count == 0)
            {
                return struck;
            }

            place = FaultSubject.Tell(occasion, _seen[occasion.Kind]);
        }

        Tell(place, struck);
        return struck;
    }

    /// <summary>Counts an occasion and finds the rules that would strike it, in the order of their creation.</summary>
    private List<FaultRule> FindDueLocked(in FaultOccasion occasion)
    {
        if (_isCalm)
        {
            return [];
        }

        _seen[occasion.Kind] = _seen.GetValueOrDefault(occasion.Kind) + 1;
        _active.RemoveAll(static rule => rule.HasEndedLocked);
        var due = new List<FaultRule>();
        foreach (FaultRule rule in _active)
        {
            if (rule.IsDueLocked(occasion))
            {
                due.Add(rule);
            }
        }

        return due;
    }

    /// <summary>Returns the rules in words, one a line.</summary>
    public override string ToString()
    {
        lock (_gate)
        {
            return string.Join('\n', _rules.Select(static rule => rule.TellLocked()));
        }
    }

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
