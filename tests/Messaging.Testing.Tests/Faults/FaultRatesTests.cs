using Messaging.Storage;
using Messaging.Testing.Faults;
using Messaging.Testing.Faults.Judging;

namespace Messaging.Testing.Tests.Faults;

public sealed class FaultRatesTests
{
    private static readonly FaultRates _all = new()
    {
        Fail = 0.02, FailUnknown = 0.02, Delay = 0.05, Duplicate = 0.05, Tear = 0.02, Crash = 0.02, LoseLease = 0.05, SlowConsumer = 0.05, JumpClock = 0.05,
        MaxDelay = TimeSpan.FromSeconds(3), MaxJump = TimeSpan.FromHours(2), Operations = Enum.GetValues<StoreOperation>(),
    };

    [Fact]
    public void Random_SameSeed_GivesTheSameFaults()
    {
        List<string> first = Run(FaultPlan.Random(17, _all));
        List<string> second = Run(FaultPlan.Random(17, _all));
        List<string> other = Run(FaultPlan.Random(18, _all));

        second.Should().Equal(first);
        other.Should().NotEqual(first);
        first.Count.Should().BeInRange(700, 1_500);
    }

    [Fact]
    public void Random_EveryKind_StrikesWhereItCan()
    {
        FaultPlan plan = FaultPlan.Random(3, _all);

        List<string> told = Run(plan);

        plan.Rules.Should().HaveCount((6 * 3) + 1 + 2 + 4).And.OnlyContain(rule => rule.IsRandom && rule.Hits > 0);
        plan.Unhit.Should().BeEmpty();
        told.Where(line => line.EndsWith("unknown outcome, stored", StringComparison.Ordinal)).Should().NotBeEmpty();
        told.Where(line => line.EndsWith("not stored", StringComparison.Ordinal)).Should().NotBeEmpty();
    }

    [Fact]
    public void Random_DelaysAndJumps_AreWithinTheirBounds()
    {
        FaultPlan plan = FaultPlan.Random(5, new FaultRates { Delay = 1, SlowConsumer = 1, JumpClock = 1, MaxDelay = TimeSpan.FromSeconds(3), MaxJump = TimeSpan.FromHours(2) });
        TimeSpan[] delays = [.. Enumerable.Range(0, 500).Select(_ => plan.Judge.JudgeCall(new FaultOccasion(FaultSite.Store, StoreOperation.Read)).Delay)];
        TimeSpan[] slow = [.. Enumerable.Range(0, 500).Select(_ => plan.Judge.JudgeDelivery("orders").Slowness)];
        TimeSpan[] jumps = [.. Enumerable.Range(0, 500).Select(_ => plan.Judge.JudgeClockMove())];

        foreach (TimeSpan[] waits in new[] { delays, slow })
        {
            waits.Should().OnlyContain(wait => wait > TimeSpan.Zero && wait <= TimeSpan.FromSeconds(3));
            waits.Max().Should().BeGreaterThan(TimeSpan.FromSeconds(2.9));
            waits.Min().Should().BeLessThan(TimeSpan.FromSeconds(0.1));
        }

        jumps.Should().OnlyContain(jump => jump.Duration() <= TimeSpan.FromHours(2));
        jumps.Max().Should().BeGreaterThan(TimeSpan.FromHours(1.9));
        jumps.Min().Should().BeLessThan(TimeSpan.FromHours(-1.9));
    }

    [Fact]
    public void AddRandom_Disposed_LeavesTheOtherRules()
    {
        var plan = new FaultPlan(1);
        FaultRule scripted = plan.On(StoreOperation.Commit).Nth(2).Fail();
        using (plan.AddRandom(new FaultRates { Delay = 1 }))
        {
            plan.Judge.JudgeCall(new FaultOccasion(FaultSite.Store, StoreOperation.Commit, Commit: new StoreCommit())).Delay.Should().BePositive();
        }

        FaultVerdict verdict = plan.Judge.JudgeCall(new FaultOccasion(FaultSite.Store, StoreOperation.Commit, Commit: new StoreCommit()));

        verdict.Delay.Should().Be(TimeSpan.Zero);
        verdict.End.Should().Be(FaultKind.Fail);
        scripted.IsRandom.Should().BeFalse();
    }

    [Fact]
    public void Random_RuleThatEnds_ChangesNoChanceOfAnother()
    {
        FaultPlan alone = FaultPlan.Random(9, new FaultRates { Fail = 0.1, Operations = [StoreOperation.Read] });
        FaultPlan together = FaultPlan.Random(9, new FaultRates { Fail = 0.1, Duplicate = 0.5, Operations = [StoreOperation.Read] });

        Fails(together).Should().Equal(Fails(alone)).And.NotBeEmpty();

        static List<int> Fails(FaultPlan plan) =>
            [.. Enumerable.Range(0, 200).Where(_ => plan.Judge.JudgeCall(new FaultOccasion(FaultSite.Store, StoreOperation.Read)).End == FaultKind.Fail)];
    }

    [Fact]
    public void Rates_OutOfRange_AreRefused()
    {
        foreach (Func<FaultRates> make in (Func<FaultRates>[])
            [
                () => new FaultRates { Fail = -0.1 }, () => new FaultRates { FailUnknown = 1.1 }, () => new FaultRates { Delay = double.NaN },
                () => new FaultRates { MaxDelay = TimeSpan.Zero }, () => new FaultRates { MaxJump = TimeSpan.FromTicks(-1) },
            ])
        {
            make.Should().Throw<ArgumentOutOfRangeException>().WithMessage("* must be *");
        }
    }

    /// <summary>Has a thousand of each occasion judged, and gets what was told of them.</summary>
    private static List<string> Run(FaultPlan plan)
    {
        var told = new List<string>();
        plan.Trace = told.Add;
        var commit = new StoreCommit();
        for (int i = 0; i < 1_000; i++)
        {
            foreach (StoreOperation operation in Enum.GetValues<StoreOperation>())
            {
                plan.Judge.JudgeCall(new FaultOccasion(FaultSite.Store, operation, Commit: operation == StoreOperation.Commit ? commit : null));
            }

            plan.Judge.CrashesAt("point");
            plan.Judge.JudgeDelivery("orders");
            plan.Judge.JudgeClockMove();
        }

        return told;
    }
}
