using Messaging.Storage;
using Messaging.Testing.Stores;

namespace Messaging.Testing.Tests.Stores;

/// <summary>The specification of stores finds what it should, says so clearly, and asks for no more than was promised.</summary>
public sealed class StoreSpecificationTests
{
    private static readonly StoreFeatures _least = new() { MaxDurability = Durability.Memory, SurvivesReopen = false };

    [Theory]
    [InlineData(Mistake.KeepsTheEpoch, "Open_Again_RaisesTheEpochAndKeepsTheId")]
    [InlineData(Mistake.AlwaysClosedCleanly, "Open_WithoutClosingCommit_SaysSo")]
    [InlineData(Mistake.ServesTwoOwners, "Open_WhileOpen_IsRefused")]
    [InlineData(Mistake.ListsNoSubscriptions, "Open_Entries_ComeBackWithAllTheyWereDeclaredWith")]
    [InlineData(Mistake.OneCursorPerSubscription, "Cursor_WrittenAgain_ReplacesTheOneOfTheSameSubscriptionAndLog")]
    [InlineData(Mistake.AnswersWhenClosed, "Use_AfterDispose_Throws")]
    [InlineData(Mistake.LosesTheLastRecord, "Read_AfterCommit_GivesTheBytesInOrder")]
    [InlineData(Mistake.LosesEverySeventhCommit, "Store_UnderRandomWork_HoldsWhatTheModelHolds(seed: 1)")]
    [InlineData(Mistake.CommitsInTwoSteps, "Read_BesideCommits_SeesOnlyWholeCommits")]
    [InlineData(Mistake.StoresBeforeItChecks, "Commit_RecordThatDoesNotFollow_IsRefusedWhole")]
    [InlineData(Mistake.IgnoresCancellation, "Commit_CancelledBefore_StoresNothing")]
    [InlineData(Mistake.KeepsTheCallersBytes, "Commit_BuffersOfTheCaller_MayBeUsedAgain")]
    [InlineData(Mistake.TrimsOneTooFar, "Trim_LiveRecords_StayReadable")]
    [InlineData(Mistake.TrimsTheWholeLog, "Trim_RangeAboveTheFloor_HidesNothingElse(bytes: 10)")]
    [InlineData(Mistake.ForgetsOneIdTooMany, "MessageIds_BelowTheOrdinal_AreForgotten")]
    [InlineData(Mistake.KeepsForgottenIds, "MessageIds_NamedAsForgotten_AreGone")]
    [InlineData(Mistake.KeepsTheFirstIdOfAnOrdinal, "MessageIds_OfAnOrdinalThatIsThere_ReplaceIt")]
    [InlineData(Mistake.LeavesCursorsBehind, "Removed_Subscription_LosesItsCursorsAndNoRecords")]
    [InlineData(Mistake.ReadsOneTooMany, "Read_MaxRecords_IsKept")]
    [InlineData(Mistake.ReadsFromTheNextOn, "Read_FromTheMiddle_StartsThere")]
    [InlineData(Mistake.EmptiesTheOutput, "Read_OutputThatHoldsSomething_IsAddedTo")]
    [InlineData(Mistake.SwapsTheBytesOfTwoRecords, "Read_TwoLogsInterleaved_AreApart")]
    [InlineData(Mistake.ReadsScheduledById, "Scheduled_Read_GoesByDueTime")]
    [InlineData(Mistake.HoldsBackWhatIsDueNow, "Scheduled_OfOneTime_StayInTheOrderOfTheirComing")]
    public async Task Run_StoreWithAMistake_FindsIt(Mistake mistake, string name)
    {
        StoreCase found = StoreSpecification.Case(name);
        var kept = new InMemoryMessageStore();

        Func<Task> act = () => found.RunAsync(() => new MistakenStore(kept, mistake));

        SpecificationException e = (await act.Should().ThrowAsync<SpecificationException>()).Which;
        e.Case.Should().Be(name);
        e.InnerException.Should().BeOfType<Messaging.Testing.Stores.Cases.ExpectationException>("the case itself has found it");
    }

    [Fact]
    public void Mistakes_All_AreTriedAbove()
    {
        IEnumerable<object?> tried = typeof(StoreSpecificationTests).GetMethod(nameof(Run_StoreWithAMistake_FindsIt))!
            .GetCustomAttributes(typeof(InlineDataAttribute), inherit: false).Cast<InlineDataAttribute>().Select(row => row.Data[0]);

        tried.Should().BeEquivalentTo(Enum.GetValues<Mistake>());
    }

    [Fact]
    public async Task Failure_OfACase_SaysWhatIsExpectedFoundAndDemanded()
    {
        StoreCase found = StoreSpecification.Case("Read_MaxRecords_IsKept");
        var kept = new InMemoryMessageStore();

        Func<Task> act = () => found.RunAsync(() => new MistakenStore(kept, Mistake.ReadsOneTooMany));

        SpecificationException e = (await act.Should().ThrowAsync<SpecificationException>()).Which;
        e.Message.Should().Be(
            "Read_MaxRecords_IsKept: expected the records read of log 1 from 11 on to be 11 to 17, but found 11 to 18: they differ from the place 7 on"
            + Environment.NewLine + "The contract demands: " + found.Demand);
        (e.Expected, e.Actual, e.Demand).Should().Be(("11 to 17", "11 to 18: they differ from the place 7 on", found.Demand));
    }

    [Fact]
    public async Task Failure_OfRandomWork_NamesSeedAndStep()
    {
        var kept = new InMemoryMessageStore();

        Func<Task> act = () => StoreSpecification.RandomWorkOf(42).RunAsync(() => new MistakenStore(kept, Mistake.LosesEverySeventhCommit));

        await act.Should().ThrowAsync<SpecificationException>().WithMessage("Store_UnderRandomWork_HoldsWhatTheModelHolds(seed: 42): *with seed 42 at step *");
    }

    [Fact]
    public async Task Failure_ByAnExceptionOfTheStore_ShowsIt()
    {
        Func<Task> act = () => StoreSpecification.Case("Read_MaxRecords_IsKept").RunAsync(() => new UnfinishedStore());

        SpecificationException e = (await act.Should().ThrowAsync<SpecificationException>()
            .WithMessage("Read_MaxRecords_IsKept: the store threw *NotImplementedException: Not yet.*The contract demands: *")).Which;
        e.InnerException.Should().BeOfType<NotImplementedException>();
    }

    [Fact]
    public void Cases_OfAStoreThatPromisesLittle_LeaveOutWhatNeedsMore()
    {
        IReadOnlyList<StoreCase> cases = StoreSpecification.CasesFor(_least);

        cases.Should().OnlyContain(one => one.Needs == StoreNeeds.None || one.Needs == StoreNeeds.NoBackup);
        cases.Should().HaveCountGreaterThan(25);
        StoreSpecification.All.Except(cases).Should().OnlyContain(one => (one.Needs & (StoreNeeds.Reopening | StoreNeeds.Backup)) != 0);
        StoreSpecification.CasesFor(_least with { SurvivesReopen = true, SupportsBackup = true })
            .Should().Equal(StoreSpecification.All.Where(one => one.Needs != StoreNeeds.NoBackup));
    }

    [Fact]
    public async Task Cases_ThatApplyToAStoreThatForgetsAll_ArePassed()
    {
        foreach (StoreCase one in StoreSpecification.CasesFor(_least))
        {
            await one.RunAsync(() => new OtherPromises(new InMemoryMessageStore(), _least));
        }
    }

    [Fact]
    public async Task Case_ThatDoesNotApply_IsNotRun()
    {
        int opened = 0;
        foreach (StoreCase one in StoreSpecification.All.Except(StoreSpecification.CasesFor(_least)))
        {
            Func<Task> act = () => one.RunAsync(() =>
            {
                opened++;
                return new OtherPromises(new UnfinishedStore(), _least);
            });

            await act.Should().ThrowAsync<InvalidOperationException>().WithMessage($"{one.Name} does not apply *");
        }

        opened.Should().BeGreaterThan(20, "each asks one store for its features");
    }

    [Fact]
    public void Cases_Names_AreUniqueAndSayWhat()
    {
        StoreSpecification.All.Select(one => one.Name).Should().OnlyHaveUniqueItems();
        StoreSpecification.All.Should().OnlyContain(one => one.Name.Split('_').Length == 3 && one.ToString() == one.Name && one.Demand.EndsWith('.'));
        StoreSpecification.All.Should().OnlyContain(one => StoreSpecification.Case(one.Name) == one);
        FluentActions.Invoking(() => StoreSpecification.Case("None_Such_IsThere")).Should().Throw<ArgumentException>();
    }
}
