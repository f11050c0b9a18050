using System.Diagnostics;
using Messaging.TestSupport;
using static System.FormattableString;

namespace Messaging.Crash.Tests.Faults;

/// <summary>A disk that is full or broken at any of its operations: what was confirmed is there, what was refused is not, what was in doubt
/// is there once when it is repeated, and after a sync that failed nothing is confirmed.</summary>
/// <remarks><c>MESSAGING_FAULTS=1000000</c> in the environment asks for every operation, with progress; <c>MESSAGING_FAULT</c> for one.</remarks>
public sealed class DiskFaultTests(ITestOutputHelper output)
{
    private const int Processes = 4;
    private const int Said = 1_000;
    private const int MostTold = 12;

    [Fact]
    public Task Disk_FullAtTheNthWrite_LosesNothingAndGoesOnWhenThereIsRoom() => RunAsync(DiskFault.Full);

    [Fact]
    public Task Disk_BrokenAtTheNthOperation_LosesNothingAndConfirmsNothingInDoubt() => RunAsync(DiskFault.Broken);

    /// <summary>Spreads the wanted number of points evenly over all operations of each way.</summary>
    private static List<string> Choose(IReadOnlyList<DiskFault> faults, Dictionary<string, int> counts, int wanted)
    {
        List<string>[] all = [.. faults.Select(fault =>
            Enumerable.Range(1, fault.Kinds.Split(',').Sum(kind => counts[kind])).Select(fault.At).ToList())];
        wanted = Math.Min(wanted, all.Sum(points => points.Count));
        int most = 1;
        while (all.Sum(points => Math.Min(points.Count, most)) < wanted)
        {
            most++;
        }

        return [.. all.SelectMany(points => Spread(points, Math.Min(points.Count, most)))];
    }

    private static IEnumerable<string> Spread(List<string> points, int count) =>
        Enumerable.Range(0, count).Select(i => points[(int)((long)i * points.Count / count)]);

    private async Task RunAsync(IReadOnlyList<DiskFault> faults)
    {
        Dictionary<string, int> counts = FaultWorker.Count();
        List<string> points = Environment.GetEnvironmentVariable("MESSAGING_FAULT") is { Length: > 0 } one
            ? [one]
            : Choose(faults, counts, RunSize.Of("MESSAGING_FAULTS", quick: 50, change: 300));
        long began = Stopwatch.GetTimestamp();
        List<FaultOutcome> outcomes = [];
        await Task.WhenAll(Enumerable.Range(0, Processes).Select(process => Task.Factory.StartNew(
            () =>
            {
                foreach (FaultOutcome outcome in FaultWorker.Run(points.Where((_, i) => i % Processes == process)))
                {
                    Add(outcomes, outcome);
                }
            },
            CancellationToken.None,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default)));

        output.Say(Invariant($"{outcomes.Count} points of {string.Join(", ", counts.Where(count => count.Value > 0).Select(count => $"{count.Value} {count.Key}"))} in {Stopwatch.GetElapsedTime(began).TotalSeconds:F0} s"));
        output.Say(Invariant($"{outcomes.Count(outcome => outcome.Hits > 0)} struck, {outcomes.Sum(outcome => outcome.Confirmed)} confirmed, {outcomes.Sum(outcome => outcome.Refusals)} refused, {outcomes.Sum(outcome => outcome.Unknowns)} in doubt, {outcomes.Sum(outcome => outcome.Wrong.Count)} wrong"));
        foreach (FaultOutcome outcome in outcomes.Where(outcome => outcome.Wrong.Count > 0).Take(MostTold))
        {
            output.Say($"MESSAGING_FAULT='{outcome.Point}': {string.Join("; ", outcome.Wrong.Take(4))}");
        }

        outcomes.Where(outcome => outcome.Wrong.Count > 0).Should().BeEmpty();
        outcomes.Count(outcome => outcome.Hits > 0).Should().BeGreaterThan(outcomes.Count / 2, "a fault that does not strike shows nothing");
    }

    private void Add(List<FaultOutcome> outcomes, FaultOutcome outcome)
    {
        lock (outcomes)
        {
            outcomes.Add(outcome);
            if (outcomes.Count % Said == 0)
            {
                output.Say(Invariant($"{outcomes.Count} points, {outcomes.Sum(one => one.Wrong.Count)} wrong"));
            }
        }
    }
}
