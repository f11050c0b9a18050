using Messaging.Testing.Faults.Judging;

namespace Messaging.Testing.Faults;

/// <summary>The faults that a test wants to see: which happen, when, and whether they did.</summary>
/// <remarks>
/// <para>Each rule counts by itself from its creation, and ends when it is disposed. Several can strike the same call of a store: delays add up and come
/// first; of failures and tears only the first rule's strikes, in the order of creation, and a duplicate needs a call that is made. A rule that could not
/// strike because of another one strikes the next call that matches.</para>
/// <para>The same rules and the same calls give the same faults. A plan may be used from any thread, and by several stores in turn.</para>
/// </remarks>
/// <example>
/// <code>
/// var faults = new FaultPlan();
/// var store = new FaultStore(new SqliteMessageStore("shop.db"), faults);
/// using (faults.On(StoreOperation.Commit).OfLog("orders").Nth(3).FailUnknown(stored: true))
/// {
///     // Open a broker on the store and send three orders: the sender of the third does not learn whether it is stored.
/// }
///
/// faults.VerifyAllHit();
/// </code>
/// </example>
public sealed class FaultPlan
{
    /// <summary>Creates a plan without faults.</summary>
    /// <param name="seed">Decides what rules do by chance. The rules of a plan do not change each other's chances.</param>
    public FaultPlan(int seed = 0) => Judge = new FaultJudge(seed);

    /// <summary>Gets or sets a value indicating whether no fault strikes for the time being. What happens meanwhile is not counted.</summary>
    /// <value>The default value is <see langword="false"/>.</value>
    public bool IsCalm
    {
        get => Judge.IsCalm;
        set => Judge.IsCalm = value;
    }

    /// <summary>Gets or sets what is told of each fault when it strikes, in words such as <c>commit 17: fails</c>. It is called by whoever is struck.</summary>
    /// <value>The default value is <see langword="null"/>.</value>
    public Action<string>? Trace
    {
        get => Judge.Trace;
        set => Judge.Trace = value;
    }

    /// <summary>Gets all rules in the order of their creation, those that have ended too.</summary>
    public IReadOnlyList<FaultRule> Rules => Judge.Rules;

    /// <summary>Gets the rules that have not struck, whether they have ended or not. Those of chance are not among them.</summary>
    public IReadOnlyList<FaultRule> Unhit => Judge.FindUnhit().ConvertAll(static unhit => unhit.Rule);

    /// <summary>Gets what decides whether something strikes.</summary>
    internal FaultJudge Judge { get; }

    /// <summary>Creates a plan in which chance decides.</summary>
    /// <param name="seed">Decides what happens.</param>
    /// <param name="rates">How often.</param>
    public static FaultPlan Random(int seed, FaultRates rates)
    {
        var plan = new FaultPlan(seed);
        plan.AddRandom(rates);
        return plan;
    }

    /// <summary>Begins a rule about a store's calls.</summary>
    /// <param name="operation">The call.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="operation"/> is no such call.</exception>
    public StoreFaultCondition On(StoreOperation operation) => Enum.IsDefined(operation)
        ? new StoreFaultCondition(Judge, new FaultSubject(FaultSite.Store, operation), FaultTrigger.Each)
        : throw new ArgumentOutOfRangeException(nameof(operation), operation, "There is no such operation.");

    /// <summary>Has the broker crash at a named point.</summary>
    /// <param name="point">The name of the point.</param>
    /// <param name="nth">At which time it is passed, from 1.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="nth"/> is less than 1.</exception>
    public FaultRule CrashAt(string point, int nth = 1)
    {
        ArgumentException.ThrowIfNullOrEmpty(point);
        return Judge.Add(new FaultSubject(FaultSite.Point) { Name = point }, FaultTrigger.Each.Nth(nth), new FaultEffect(FaultKind.Crash));
    }

    /// <summary>Has a delivery lose its lease as soon as it is in its consumer's hands.</summary>
    /// <param name="subscription">The name of the queue or subscription; <see langword="null"/> for any.</param>
    /// <param name="nth">Which of its deliveries, from 1.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="nth"/> is less than 1.</exception>
    public FaultRule LoseLease(string? subscription = null, int nth = 1) =>
        Judge.Add(new FaultSubject(FaultSite.Delivery) { Name = subscription }, FaultTrigger.Each.Nth(nth), new FaultEffect(FaultKind.LoseLease));

    /// <summary>Has a subscription's consumers take longer for each message.</summary>
    /// <param name="subscription">The name of the queue or subscription; <see langword="null"/> for any.</param>
    /// <param name="perMessage">How long, greater than zero.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="perMessage"/> is not greater than zero.</exception>
    public FaultRule SlowConsumer(string? subscription, TimeSpan perMessage)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(perMessage, TimeSpan.Zero);
        return Judge.Add(new FaultSubject(FaultSite.Delivery) { Name = subscription }, FaultTrigger.Each, new FaultEffect(FaultKind.SlowConsumer, perMessage));
    }

    /// <summary>Has the wall clock set, as by somebody who corrects it: timers do not move with it.</summary>
    /// <param name="by">How far, backwards too.</param>
    /// <param name="nth">At which move of the test's clock, from 1.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="nth"/> is less than 1.</exception>
    public FaultRule JumpClock(TimeSpan by, int nth = 1) =>
        Judge.Add(new FaultSubject(FaultSite.ClockMove), FaultTrigger.Each.Nth(nth), new FaultEffect(FaultKind.JumpClock, by));

    /// <summary>Adds faults of chance, which the plan's seed decides.</summary>
    /// <param name="rates">How often.</param>
    /// <returns>What ends them when it is disposed.</returns>
    public IDisposable AddRandom(FaultRates rates)
    {
        ArgumentNullException.ThrowIfNull(rates);
        return new FaultGroup(rates.AddTo(Judge));
    }

    /// <summary>Ends all rules.</summary>
    public void End() => new FaultGroup(Rules).Dispose();

    /// <summary>Verifies that every rule has struck, but those of chance.</summary>
    /// <exception cref="FaultsNotHitException">Some have not: its message lists them in words, with how often what they wait for has happened.</exception>
    public void VerifyAllHit()
    {
        List<(FaultRule Rule, string Told)> unhit = Judge.FindUnhit();
        if (unhit.Count > 0)
        {
            throw new FaultsNotHitException(
                $"{(unhit.Count == 1 ? "1 fault was" : $"{unhit.Count} faults were")} not hit:\n{string.Join('\n', unhit.Select(static rule => rule.Told))}",
                [.. unhit.Select(static rule => rule.Rule)]);
        }
    }

    /// <summary>Returns the rules in words, one a line, with how often each has struck and how often what it waits for has happened.</summary>
    public override string ToString() => Judge.ToString();
}
