using Messaging.PerfTests;
using Messaging.PerfTests.Reporting;
using Messaging.PerfTests.Running;

namespace Messaging.Benchmarks.Tests;

/// <summary>What fails a checked run of the scenarios, and what does not.</summary>
public sealed class GuardTests
{
    [Theory]
    [InlineData(0.31, ExitCode.Success)]
    [InlineData(0.29, ExitCode.BelowTarget)]
    public void Ratio_UnderHalfOfItsPromise_FailsTheRun(double ratio, int code) =>
        ExitCode.Of(Report(Row(ratio, Target.Promise(0.6))), check: true).Should().Be(code);

    [Fact]
    public void Ratio_UnderADirection_FailsNothing() =>
        ExitCode.Of(Report(Row(0.01, Target.Direction(0.6))), check: true).Should().Be(ExitCode.Success);

    [Fact]
    public void Ratio_OfARunThatIsNotChecked_FailsNothing() =>
        ExitCode.Of(Report(Row(0.01, Target.Promise(0.6))), check: false).Should().Be(ExitCode.Success);

    [Theory]
    [InlineData(64.0, ExitCode.Success)]
    [InlineData(64.1, ExitCode.BelowTarget)]
    public void Bytes_OverTheirBound_FailTheRun(double bytes, int code) =>
        ExitCode.Of(Report(Limit(bytes, Target.Bound(64))), check: true).Should().Be(code);

    [Theory]
    [InlineData(2.0, 0.5, ExitCode.Success)]
    [InlineData(2.1, 0.5, ExitCode.BelowTarget)]
    [InlineData(5.9, 2.0, ExitCode.Success)]
    [InlineData(6.1, 2.0, ExitCode.BelowTarget)]
    public void Latency_OverTwiceItsLimit_IsExcusedUpToThreeTimesTheChannels(double ours, double channels, int code) =>
        ExitCode.Of(Report(Limit(ours, Target.Promise(1)) with { Excused = 3 * channels }), check: true).Should().Be(code);

    [Theory]
    [InlineData(0.24, ExitCode.BelowTarget)]
    [InlineData(0.26, ExitCode.NoVerdict)]
    public void Ratio_OfABusyMachine_GivesNoVerdict(double others, int code) =>
        ExitCode.Of(Report(Row(0.01, Target.Promise(0.6))) with { OthersShare = others }, check: true).Should().Be(code);

    [Fact]
    public void Bytes_OfABusyMachine_FailTheRunAllTheSame() => ExitCode.Of(
        Report(Row(0.01, Target.Promise(0.6))) with { OthersShare = 0.9, Limits = [Limit(65, Target.Bound(64))] }, check: true)
        .Should().Be(ExitCode.BelowTarget);

    [Fact]
    public void Scenario_ThatFailed_FailsTheRunUncheckedToo() =>
        ExitCode.Of(Report() with { Failures = ["S1: a message was lost"] }, check: false).Should().Be(ExitCode.ScenarioFailed);

    private static LimitRow Limit(double ours, Target target) => new("S1", "figure", "B", Beside: null, ours, target);

    private static Report Report(params ComparisonRow[] rows) =>
        new(MachineFacts.Collect(Path.GetTempPath()), OthersShare: null, Quick: true, Rounds: 7, rows, Limits: [], Failures: []);

    private static Report Report(LimitRow limit) => Report() with { Limits = [limit] };

    private static ComparisonRow Row(double ratio, Target target)
    {
        Measurement[] theirs = [new Measurement(1_000, TimeSpan.FromSeconds(1), AllocatedBytes: 0, TimeSpan.Zero)];
        Measurement[] ours = [theirs[0] with { Elapsed = TimeSpan.FromSeconds(1 / ratio) }];
        return ComparisonRow.OfRates("S1", new Comparison("case", theirs, ours), target);
    }
}
