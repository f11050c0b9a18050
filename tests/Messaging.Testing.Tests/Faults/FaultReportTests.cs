using Messaging.Storage;
using Messaging.Testing.Faults;
using Messaging.Testing.Faults.Judging;

namespace Messaging.Testing.Tests.Faults;

public sealed class FaultReportTests
{
    private readonly FaultPlan _plan = new();

    [Fact]
    public void VerifyAllHit_EveryRuleHasStruck_IsSilent()
    {
        _plan.CrashAt("published");
        _plan.On(StoreOperation.Read).Randomly(0.5).Fail();

        _plan.Judge.CrashesAt("published");

        _plan.VerifyAllHit();
        _plan.Unhit.Should().BeEmpty();
    }

    [Fact]
    public void VerifyAllHit_RulesThatHaveNotStruck_AreListedInWords()
    {
        using (_plan.On(StoreOperation.Commit).Nth(3).Fail())
        {
            Commit();
            Commit();
        }

        Commit();
        FaultRule hit = _plan.On(StoreOperation.Commit).Delay(TimeSpan.FromSeconds(1));
        _plan.On(StoreOperation.Commit).OfLog("orders").MinAppends(2).From(2).Times(3).FailUnknown(stored: false);
        Commit();
        _plan.On(StoreOperation.Read).OfLog(7).Every(11).Tear();
        _plan.On(StoreOperation.ReadScheduled).Duplicate();
        _plan.On(StoreOperation.Open).Nth(22).Times(1).Delay(TimeSpan.FromMilliseconds(1_500));
        _plan.CrashAt("engine.published", nth: 113);
        _plan.Judge.CrashesAt("engine.published");
        _plan.Judge.CrashesAt("engine.confirmed");
        _plan.LoseLease("orders", nth: 101);
        _plan.SlowConsumer("news", TimeSpan.FromMinutes(2));
        _plan.Judge.JudgeDelivery("orders");
        _plan.Judge.JudgeDelivery("billing");
        _plan.JumpClock(TimeSpan.FromDays(-1), nth: 2);
        _plan.Judge.JudgeClockMove();
        _plan.On(StoreOperation.Commit).OfLog("orders", StoreEntryKind.DeadLetters).FailUnknown(stored: true);

        FaultsNotHitException exception = _plan.Invoking(plan => plan.VerifyAllHit()).Should().Throw<FaultsNotHitException>().Which;

        exception.Message.Split('\n').Should().Equal(
            "10 faults were not hit:",
            "commit, the 3rd: fails (2 commits seen)",
            "commit of 'orders' with 2 or more appends, from the 2nd on, at most 3 times: fails with unknown outcome, not stored (1 commit seen, 0 of them matched)",
            "read of log 7, every 11th: is torn (0 reads seen, 0 of them matched)",
            "scheduled read, each: is done twice (0 scheduled reads seen)",
            "opening, the 22nd, at most once: takes 00:00:01.5000000 longer (0 openings seen)",
            "passing of 'engine.published', the 113th: the broker crashes (1 passing seen)",
            "delivery to 'orders', the 101st: loses its lease (2 deliveries seen, 1 of them matched)",
            "delivery to 'news', each: takes its consumer 00:02:00 longer (2 deliveries seen, 0 of them matched)",
            "move of the clock, the 2nd: the wall clock is set by -1.00:00:00 (1 move of the clock seen)",
            "commit of the dead letters of 'orders', each: fails with unknown outcome, stored (0 commits seen, 0 of them matched)");
        exception.Rules.Should().Equal(_plan.Unhit).And.NotContain(hit);
    }

    [Fact]
    public void VerifyAllHit_OneRule_IsToldInTheSingular()
    {
        _plan.On(StoreOperation.Maintain).Nth(1).Fail();

        _plan.Invoking(plan => plan.VerifyAllHit()).Should().Throw<FaultsNotHitException>()
            .WithMessage("1 fault was not hit:\nupkeep, the 1st: fails (0 upkeeps seen)");
    }

    [Fact]
    public void VerifyAllHit_RuleStruckAfterARefusal_IsSilent()
    {
        _plan.CrashAt("published", nth: 2);
        _plan.Judge.CrashesAt("published");
        _plan.Invoking(plan => plan.VerifyAllHit()).Should().Throw<FaultsNotHitException>();

        _plan.Judge.CrashesAt("published");

        _plan.VerifyAllHit();
    }

    [Fact]
    public void ToString_Rules_TellHowOftenTheyHaveStruck()
    {
        _plan.On(StoreOperation.Commit).Every(2).Fail();
        _plan.On(StoreOperation.Backup).Randomly(0.125).Duplicate();
        for (int i = 0; i < 5; i++)
        {
            Commit();
        }

        _plan.ToString().Should().Be("commit, every 2nd: fails (2 hits, 5 commits seen)\nbackup, 12.5 % of them: is done twice (0 hits, 0 backups seen)");
    }

    private void Commit() => _plan.Judge.JudgeCall(new FaultOccasion(FaultSite.Store, StoreOperation.Commit, Commit: new StoreCommit()));
}
