using System.Collections.Immutable;
using Messaging.Storage;
using Messaging.Testing.Faults;
using Messaging.Testing.Faults.Judging;
using Messaging.Testing.Tests.Stores;

namespace Messaging.Testing.Tests.Faults;

public sealed class FaultPlanTests
{
    private readonly FaultPlan _plan = new();

    [Fact]
    public void Nth_Calls_StrikesThatOne()
    {
        FaultRule rule = _plan.On(StoreOperation.Commit).Nth(3).Fail();

        Fails(6).Should().Equal(3);

        rule.Hits.Should().Be(1);
    }

    [Fact]
    public void From_Calls_StrikesThatOneAndAllBehind()
    {
        _plan.On(StoreOperation.Commit).From(3).Fail();

        Fails(6).Should().Equal(3, 4, 5, 6);
    }

    [Fact]
    public void Every_Calls_StrikesThoseThatItDivides()
    {
        _plan.On(StoreOperation.Commit).Every(3).Fail();

        Fails(10).Should().Equal(3, 6, 9);
    }

    [Fact]
    public void On_NoCondition_StrikesEachCall()
    {
        _plan.On(StoreOperation.Commit).Fail();

        Fails(3).Should().Equal(1, 2, 3);
    }

    [Fact]
    public void Times_Calls_StrikesNoMore()
    {
        _plan.On(StoreOperation.Commit).From(2).Times(2).Fail();

        Fails(6).Should().Equal(2, 3);
    }

    [Fact]
    public void Rule_OfOneOperation_IsNotStruckByAnother()
    {
        _plan.On(StoreOperation.Read).Nth(2).Fail();

        Judge(StoreOperation.Read).Should().BeNull();
        Fails(5).Should().BeEmpty();
        Judge(StoreOperation.Read).Should().Be(FaultKind.Fail);
    }

    [Fact]
    public void Rule_CreatedLater_CountsFromThen()
    {
        Fails(5).Should().BeEmpty();
        _plan.On(StoreOperation.Commit).Nth(2).Fail();

        Fails(3).Should().Equal(2);
    }

    [Fact]
    public void Rule_Disposed_StrikesNoMore()
    {
        using (_plan.On(StoreOperation.Commit).Fail())
        {
            Fails(2).Should().Equal(1, 2);
        }

        Fails(2).Should().BeEmpty();
        _plan.Rules.Should().ContainSingle().Which.Hits.Should().Be(2);
    }

    [Fact]
    public void End_Rules_StrikeNoMore()
    {
        _plan.On(StoreOperation.Commit).Fail();
        _plan.CrashAt("point");

        _plan.End();

        Fails(3).Should().BeEmpty();
        _plan.Judge.CrashesAt("point").Should().BeFalse();
    }

    [Fact]
    public void IsCalm_Calls_AreNeitherStruckNorCounted()
    {
        FaultRule rule = _plan.On(StoreOperation.Commit).Nth(2).Fail();
        Fails(1).Should().BeEmpty();

        _plan.IsCalm = true;
        Fails(5).Should().BeEmpty();
        _plan.IsCalm = false;

        Fails(1).Should().Equal(1);
        rule.ToString().Should().Be("commit, the 2nd: fails");
        _plan.ToString().Should().Be("commit, the 2nd: fails (1 hit, 2 commits seen)");
    }

    [Fact]
    public void Rules_TwoOfOneCall_DelaysAddUpAndTheFirstFailureEndsIt()
    {
        _plan.On(StoreOperation.Commit).Delay(TimeSpan.FromSeconds(1));
        FaultRule unknown = _plan.On(StoreOperation.Commit).Nth(1).FailUnknown(stored: true);
        FaultRule fails = _plan.On(StoreOperation.Commit).Nth(1).Fail();
        _plan.On(StoreOperation.Commit).Every(2).Delay(TimeSpan.FromSeconds(2));
        var call = new FaultOccasion(FaultSite.Store, StoreOperation.Commit, Commit: new StoreCommit());

        FaultVerdict first = _plan.Judge.JudgeCall(call);
        FaultVerdict second = _plan.Judge.JudgeCall(call);
        FaultVerdict third = _plan.Judge.JudgeCall(call);

        first.Should().Be(new FaultVerdict(TimeSpan.FromSeconds(1), FaultKind.FailUnknown, unknown.ToString(), IsSkipped: false, IsDoneTwice: false));
        second.Should().Be(
            new FaultVerdict(TimeSpan.FromSeconds(3), FaultKind.Fail, fails.ToString(), IsSkipped: true, IsDoneTwice: false),
            "what could not strike strikes the next");
        third.End.Should().BeNull();
    }

    [Fact]
    public void Duplicate_CallThatIsNotMade_WaitsForOneThatIs()
    {
        FaultRule twice = _plan.On(StoreOperation.Commit).Nth(1).Duplicate();
        _plan.On(StoreOperation.Commit).Nth(1).Fail();
        _plan.On(StoreOperation.Commit).Nth(2).FailUnknown(stored: false);
        _plan.On(StoreOperation.Commit).Nth(3).Tear();
        _plan.On(StoreOperation.Commit).Nth(4).FailUnknown(stored: true);
        var call = new FaultOccasion(FaultSite.Store, StoreOperation.Commit, Commit: new StoreCommit());

        Enumerable.Range(0, 5).Select(_ => _plan.Judge.JudgeCall(call).IsDoneTwice).Should().Equal(false, false, false, true, false);

        twice.Hits.Should().Be(1);
    }

    [Fact]
    public void OfLog_NumberOrName_MeansCommitsThatTouchIt()
    {
        ImmutableDictionary<int, StoreEntry> entries = new StoreEntry[]
        {
            new(1, StoreEntryKind.Queue, "orders"), new(2, StoreEntryKind.Topic, "news"), new(3, StoreEntryKind.DeadLetters, "orders", Owner: 1),
        }.ToImmutableDictionary(entry => entry.Id);
        FaultRule named = _plan.On(StoreOperation.Commit).OfLog("orders").Fail();
        FaultRule dead = _plan.On(StoreOperation.Commit).OfLog("orders", StoreEntryKind.DeadLetters).Delay(TimeSpan.FromSeconds(1));
        FaultRule numbered = _plan.On(StoreOperation.Commit).OfLog(2).Delay(TimeSpan.FromSeconds(1));
        FaultRule many = _plan.On(StoreOperation.Commit).OfLog("orders").MinAppends(2).Delay(TimeSpan.FromSeconds(1));
        FaultRule read = _plan.On(StoreOperation.Read).OfLog("news").Fail();

        Commit(commit => commit.Append(1, 1));
        Hits().Should().Equal([1, 0, 0, 0, 0], "of one append to orders");
        Commit(commit => commit.Cursors.Add(new StoreCursor(1, 1, default)));
        Commit(commit => commit.Scheduled.Add(new ScheduledRecord(default, 1, 1, default)));
        Hits().Should().Equal([3, 0, 0, 0, 0], "of its cursor and a scheduled record");
        Commit(commit => commit.Append(2, 1, 2));
        Commit(commit => commit.Append(3, 1, 2));
        Hits().Should().Equal([3, 1, 1, 0, 0], "of the topic and the dead letters");
        Commit(commit =>
        {
            commit.Append(1, 2, 3);
            commit.Append(7, 1);
        });
        Hits().Should().Equal([4, 1, 1, 1, 0], "of two appends");
        _plan.Judge.JudgeCall(new FaultOccasion(FaultSite.Store, StoreOperation.Read, Log: 1, Entries: entries));
        _plan.Judge.JudgeCall(new FaultOccasion(FaultSite.Store, StoreOperation.Read, Log: 2, Entries: entries));
        Hits().Should().Equal([4, 1, 1, 1, 1], "of one read of news");

        IEnumerable<long> Hits() => new[] { named, dead, numbered, many, read }.Select(rule => rule.Hits);

        void Commit(Action<StoreCommit> fill)
        {
            var commit = new StoreCommit();
            fill(commit);
            _plan.Judge.JudgeCall(new FaultOccasion(FaultSite.Store, StoreOperation.Commit, Commit: commit, Entries: entries));
        }
    }

    [Fact]
    public void CrashAt_NamedPoint_StrikesItsNthPassing()
    {
        _plan.CrashAt("published", nth: 2);

        new[] { "published", "confirmed", "published", "published" }.Select(_plan.Judge.CrashesAt).Should().Equal(false, false, true, false);
    }

    [Fact]
    public void LoseLease_DeliveriesOfASubscription_StrikesTheNth()
    {
        _plan.LoseLease("orders", nth: 2);

        new[] { "orders", "news", "orders", "orders" }.Select(name => _plan.Judge.JudgeDelivery(name).LosesLease).Should().Equal(false, false, true, false);
    }

    [Fact]
    public void SlowConsumer_Deliveries_TakeAllRulesLonger()
    {
        _plan.SlowConsumer("orders", TimeSpan.FromSeconds(1));
        _plan.SlowConsumer(null, TimeSpan.FromSeconds(2));

        _plan.Judge.JudgeDelivery("orders").Should().Be((false, TimeSpan.FromSeconds(3)));
        _plan.Judge.JudgeDelivery("news").Should().Be((false, TimeSpan.FromSeconds(2)));
    }

    [Fact]
    public void JumpClock_MovesOfTheClock_StrikesTheNth()
    {
        _plan.JumpClock(TimeSpan.FromDays(-1), nth: 2);

        Enumerable.Range(0, 3).Select(_ => _plan.Judge.JudgeClockMove()).Should().Equal(TimeSpan.Zero, TimeSpan.FromDays(-1), TimeSpan.Zero);
    }

    [Fact]
    public void Trace_Strikes_AreToldInWords()
    {
        var told = new List<string>();
        _plan.Trace = told.Add;
        _plan.On(StoreOperation.Commit).Nth(2).Fail();
        _plan.On(StoreOperation.Commit).Nth(2).Delay(TimeSpan.FromSeconds(1));
        _plan.LoseLease("orders");
        _plan.CrashAt("published");
        _plan.JumpClock(TimeSpan.FromHours(1));

        Fails(3);
        _plan.Judge.JudgeDelivery("orders");
        _plan.Judge.CrashesAt("published");
        _plan.Judge.JudgeClockMove();

        told.Should().Equal(
            "commit 2: fails",
            "commit 2: takes 00:00:01 longer",
            "delivery 1 to 'orders': loses its lease",
            "passing 1 of 'published': the broker crashes",
            "move of the clock 1: the wall clock is set by 01:00:00");
    }

    [Fact]
    public async Task Plan_UsedByManyThreads_CountsEachCall()
    {
        FaultRule rule = _plan.On(StoreOperation.Commit).Every(2).Fail();

        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() => Fails(1_000))));

        rule.Hits.Should().Be(2_000);
    }

    [Theory]
    [InlineData(StoreOperation.Open)]
    [InlineData(StoreOperation.Read)]
    [InlineData(StoreOperation.ReadScheduled)]
    [InlineData(StoreOperation.Maintain)]
    [InlineData(StoreOperation.Backup)]
    public void Condition_ThatTheOperationCannotMeet_IsRefused(StoreOperation operation)
    {
        StoreFaultCondition call = _plan.On(operation);

        call.Invoking(c => c.FailUnknown(stored: true)).Should().Throw<InvalidOperationException>()
            .WithMessage($"Only a commit can have an unknown outcome, and this is about StoreOperation.{operation}.");
        call.Invoking(c => c.MinAppends(1)).Should().Throw<InvalidOperationException>();
        if (operation != StoreOperation.Read)
        {
            call.Invoking(c => c.Tear()).Should().Throw<InvalidOperationException>();
            call.Invoking(c => c.OfLog(1)).Should().Throw<InvalidOperationException>();
            call.Invoking(c => c.OfLog("orders")).Should().Throw<InvalidOperationException>();
        }

        _plan.Rules.Should().BeEmpty();
    }

    [Fact]
    public void Condition_OutOfRange_IsRefused()
    {
        StoreFaultCondition commit = _plan.On(StoreOperation.Commit);
        foreach (Action act in (Action[])
            [
                () => commit.Nth(0), () => commit.From(0), () => commit.Every(0), () => commit.Times(0), () => commit.Randomly(1.1), () => commit.Randomly(-0.1),
                () => commit.OfLog(0), () => commit.MinAppends(0), () => commit.Delay(TimeSpan.Zero), () => _plan.On((StoreOperation)99),
                () => _plan.CrashAt("point", 0), () => _plan.LoseLease(null, 0), () => _plan.SlowConsumer(null, TimeSpan.Zero),
                () => _plan.JumpClock(TimeSpan.FromHours(1), 0),
            ])
        {
            act.Should().Throw<ArgumentOutOfRangeException>();
        }

        _plan.Rules.Should().BeEmpty();
    }

    /// <summary>Makes commits and gets the numbers of those that fail.</summary>
    private List<int> Fails(int calls) =>
        [.. Enumerable.Range(1, calls).Where(_ => Judge(StoreOperation.Commit) == FaultKind.Fail)];

    private FaultKind? Judge(StoreOperation operation) => _plan.Judge.JudgeCall(
        new FaultOccasion(FaultSite.Store, operation, Commit: operation == StoreOperation.Commit ? new StoreCommit() : null)).End;
}
