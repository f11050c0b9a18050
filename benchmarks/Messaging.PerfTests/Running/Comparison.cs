namespace Messaging.PerfTests.Running;

/// <summary>The rounds of one contender, each beside the round of the base line that ran just before it.</summary>
internal sealed class Comparison(string name, IReadOnlyList<Measurement> baseline, IReadOnlyList<Measurement> ours)
{
    public string Name => name;

    public Figures Baseline { get; } = Figures.Of(baseline);

    public Figures Ours { get; } = Figures.Of(ours);

    /// <summary>Gets the rounds' ratios, ascending. Each is of two neighbours in time, so that a slow minute of the machine hits both sides.</summary>
    public IReadOnlyList<double> Ratios { get; } =
        [.. baseline.Zip(ours, static (b, o) => o.PerSecond / b.PerSecond).Order()];

    public double Ratio => Median.Of(Ratios);

    /// <summary>Gets the messages of one commit, as medians over the rounds.</summary>
    public (double Baseline, double Ours) MessagesPerCommit => (PerCommit(baseline), PerCommit(ours));

    /// <summary>Compares the times that the store's commits took, instead of the whole time.</summary>
    public Comparison InTheCommit() => new(
        $"{name}, in the commit", [.. baseline.Select(TimeInCommits)], [.. ours.Select(TimeInCommits)]);

    /// <summary>Compares the processor times of the store's commits: the one figure that other processes hardly disturb.</summary>
    public Comparison ProcessorInTheCommit() => new(
        $"{name}, processor time in the commit", [.. baseline.Select(ProcessorTimeInCommits)], [.. ours.Select(ProcessorTimeInCommits)]);

    private static Measurement ProcessorTimeInCommits(Measurement round) =>
        round with { Elapsed = round.Commits!.Value.Processor ?? round.Commits!.Value.Elapsed, Latencies = null };

    private static Measurement TimeInCommits(Measurement round) => round with { Elapsed = round.Commits!.Value.Elapsed, Latencies = null };

    private static double PerCommit(IReadOnlyList<Measurement> rounds) =>
        Median.Of(rounds.Select(static r => (double)r.Commits!.Value.Records / r.Commits.Value.Count));
}
