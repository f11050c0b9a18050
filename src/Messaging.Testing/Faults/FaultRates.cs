using Messaging.Testing.Faults.Judging;

namespace Messaging.Testing.Faults;

/// <summary>How often each kind of fault strikes where chance decides. A rate is the part of the occasions, from 0 to 1.</summary>
public sealed record FaultRates
{
    /// <summary>Gets the part of the store's <see cref="Operations"/> that fails, with nothing of it done.</summary>
    /// <value>The default value is 0.</value>
    public double Fail { get; init => field = Rate(value, nameof(Fail)); }

    /// <summary>Gets the part of the commits that fails with an unknown outcome; half of these are stored. The store takes nothing more until it is reopened.</summary>
    /// <value>The default value is 0.</value>
    public double FailUnknown { get; init => field = Rate(value, nameof(FailUnknown)); }

    /// <summary>Gets the part of the store's <see cref="Operations"/> that takes longer, by up to <see cref="MaxDelay"/>.</summary>
    /// <value>The default value is 0.</value>
    public double Delay { get; init => field = Rate(value, nameof(Delay)); }

    /// <summary>Gets the longest delay of an operation, and of a slow consumer.</summary>
    /// <value>The default value is one second. It must be greater than zero.</value>
    public TimeSpan MaxDelay { get; init => field = Length(value, nameof(MaxDelay)); } = TimeSpan.FromSeconds(1);

    /// <summary>Gets the part of the store's <see cref="Operations"/> that is done twice.</summary>
    /// <value>The default value is 0.</value>
    public double Duplicate { get; init => field = Rate(value, nameof(Duplicate)); }

    /// <summary>Gets the part of the reads and commits that is torn. A torn commit cuts the store off, as a crash does.</summary>
    /// <value>The default value is 0.</value>
    public double Tear { get; init => field = Rate(value, nameof(Tear)); }

    /// <summary>Gets the part of the passings of named points at which the broker crashes.</summary>
    /// <value>The default value is 0.</value>
    public double Crash { get; init => field = Rate(value, nameof(Crash)); }

    /// <summary>Gets the part of the deliveries that loses its lease.</summary>
    /// <value>The default value is 0.</value>
    public double LoseLease { get; init => field = Rate(value, nameof(LoseLease)); }

    /// <summary>Gets the part of the deliveries that takes its consumer longer, by up to <see cref="MaxDelay"/>.</summary>
    /// <value>The default value is 0.</value>
    public double SlowConsumer { get; init => field = Rate(value, nameof(SlowConsumer)); }

    /// <summary>Gets the part of the moves of the clock with which the wall clock is set, forwards or backwards, by up to <see cref="MaxJump"/>.</summary>
    /// <value>The default value is 0.</value>
    public double JumpClock { get; init => field = Rate(value, nameof(JumpClock)); }

    /// <summary>Gets how far the wall clock is set at most.</summary>
    /// <value>The default value is one day. It must be greater than zero.</value>
    public TimeSpan MaxJump { get; init => field = Length(value, nameof(MaxJump)); } = TimeSpan.FromDays(1);

    /// <summary>Gets the operations of the store that faults strike.</summary>
    /// <value>The default value is all but <see cref="StoreOperation.Open"/> and <see cref="StoreOperation.Backup"/>.</value>
    public IReadOnlyList<StoreOperation> Operations { get; init => field = value ?? throw new ArgumentNullException(nameof(Operations)); } =
        [StoreOperation.Commit, StoreOperation.Read, StoreOperation.ReadScheduled, StoreOperation.Maintain];

    /// <summary>Adds a rule for each fault that is to strike at all.</summary>
    /// <returns>The rules.</returns>
    internal List<FaultRule> AddTo(FaultJudge judge)
    {
        var rules = new List<FaultRule>();
        foreach (StoreOperation operation in Operations.Distinct())
        {
            var call = new FaultSubject(FaultSite.Store, operation);
            bool isCommit = operation == StoreOperation.Commit;
            AddRate(call, Delay, new FaultEffect(FaultKind.Delay, MaxDelay, IsDrawn: true));
            AddRate(call, Fail, new FaultEffect(FaultKind.Fail));
            AddRate(call, isCommit ? FailUnknown : 0, new FaultEffect(FaultKind.FailUnknown, IsDrawn: true));
            AddRate(call, isCommit || operation == StoreOperation.Read ? Tear : 0, new FaultEffect(FaultKind.Tear));
            AddRate(call, Duplicate, new FaultEffect(FaultKind.Duplicate));
        }

        var delivery = new FaultSubject(FaultSite.Delivery);
        AddRate(delivery, LoseLease, new FaultEffect(FaultKind.LoseLease));
        AddRate(delivery, SlowConsumer, new FaultEffect(FaultKind.SlowConsumer, MaxDelay, IsDrawn: true));
        AddRate(new FaultSubject(FaultSite.Point), Crash, new FaultEffect(FaultKind.Crash));
        AddRate(new FaultSubject(FaultSite.ClockMove), JumpClock, new FaultEffect(FaultKind.JumpClock, MaxJump, IsDrawn: true));
        return rules;

        void AddRate(FaultSubject subject, double rate, FaultEffect effect)
        {
            if (rate > 0)
            {
                rules.Add(judge.Add(subject, FaultTrigger.Each.Randomly(rate), effect));
            }
        }
    }

    private static double Rate(double value, string name) => value is >= 0 and <= 1
        ? value
        : throw new ArgumentOutOfRangeException(name, value, $"{name} must be between 0 and 1.");

    private static TimeSpan Length(TimeSpan value, string name) => value > TimeSpan.Zero
        ? value
        : throw new ArgumentOutOfRangeException(name, value, $"{name} must be greater than zero.");
}
