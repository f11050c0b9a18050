using Messaging.State;

namespace Messaging.Engine.Tests.State;

public sealed class DemandTests(ITestOutputHelper output)
{
    // More than there are in a run with two parties.
    private const int Moments = 22;

    // Each party acts first, which is a fence, and then asks.
    private static readonly (PartyAction Acts, PartyAction Asks)[] _parties =
    [
        (PartyAction.Append, PartyAction.AskHungry),
        (PartyAction.Take, PartyAction.AskHungry),
        (PartyAction.Acknowledge, PartyAction.AskFull),
    ];

    private static readonly SupplyStart[] _starts =
    [
        .. from parked in new[] { true, false }
           from capacity in new[] { 1, 2 }
           from fresh in new[] { 0, 1, 2 }
           from offered in Enumerable.Range(0, capacity + 1)
           from taken in Enumerable.Range(0, capacity - offered + 1)
           from exceptions in new[] { 0, 1 }
           select new SupplyStart(parked, capacity, fresh, offered, taken, exceptions),
    ];

    [Fact]
    public void Serve_OnePartyAtAnyMoment_LosesNoWakeUp()
    {
        Search(static () => new WholeDemand(), Alone()).Should().BeNull();
    }

    [Fact]
    public void Serve_TwoPartiesAtAnyMoments_LosesNoWakeUp()
    {
        Search(static () => new WholeDemand(), Pairs()).Should().BeNull();
    }

    [Theory]
    [InlineData(DemandFlaw.LooksBeforeHungry)]
    [InlineData(DemandFlaw.LooksNoMore)]
    [InlineData(DemandFlaw.WakesNobody)]
    [InlineData(DemandFlaw.ClearsFullLate)]
    [InlineData(DemandFlaw.ForgetsTaken)]
    [InlineData(DemandFlaw.ForgetsAcked)]
    public void Serve_WithAFlaw_LosesAWakeUpThatTheSearchFinds(DemandFlaw flaw)
    {
        string? lost = Search(() => new FlawedDemand(flaw), Pairs());

        output.WriteLine(lost ?? "none");
        lost.Should().NotBeNull();
    }

    [Fact]
    public void Serve_TheCopyWithoutAFlaw_LosesNoWakeUp()
    {
        Search(static () => new FlawedDemand(DemandFlaw.None), Alone()).Should().BeNull();
    }

    [Fact]
    public void Serve_Stopped_OffersNothingAndIsNotHungry()
    {
        var demand = new Demand { IsStopped = true };
        var supply = new CountedSupply { Fresh = 1 };
        demand.Park();

        demand.Serve(supply);

        (demand.IsHungry, supply.Fills, supply.Wakes).Should().Be((false, 0, 0));
    }

    [Fact]
    public void Serve_NoLongerStopped_WakesWhoHasParkedBefore()
    {
        var demand = new Demand { IsStopped = true };
        var supply = new CountedSupply { Fresh = 1 };
        demand.Park();
        demand.Serve(supply);

        demand.IsStopped = false;
        demand.Serve(supply);

        (demand.IsHungry, supply.Wakes).Should().Be((false, 1));
    }

    [Fact]
    public void Serve_NobodyParked_OffersAndWakesNobody()
    {
        var demand = new Demand();
        var supply = new CountedSupply { Fresh = 1 };

        demand.Serve(supply);

        (demand.IsHungry, supply.Fills, supply.Wakes).Should().Be((false, 1, 0));
    }

    [Fact]
    public void Serve_NothingThere_IsHungryUntilThereIs()
    {
        var demand = new Demand();
        var supply = new CountedSupply();
        demand.Park();
        demand.Serve(supply);
        demand.IsHungry.Should().BeTrue();

        supply.Fresh = 1;
        demand.Serve(supply);

        (demand.IsHungry, supply.Wakes).Should().Be((false, 1));
    }

    [Fact]
    public void End_NobodyHasAsked_AsksNothingOfTheSupply()
    {
        var demand = new Demand();
        var supply = new CountedSupply { Fresh = 1 };

        demand.End(supply).Should().BeFalse();

        supply.Fills.Should().Be(0);
    }

    [Fact]
    public void End_AskedManyTimes_ServesOnce()
    {
        var demand = new Demand();
        var supply = new CountedSupply { Fresh = 1 };
        demand.Ask();
        demand.Ask();

        demand.End(supply);
        demand.End(supply);

        supply.Fills.Should().Be(1);
    }

    [Fact]
    public void End_ServedInTheDecisionBefore_StillSaysThatAcksSettleSoon()
    {
        var demand = new Demand();
        var supply = new CountedSupply { Capacity = 0, IsTaken = true };
        demand.Park();
        demand.Serve(supply);

        demand.End(supply).Should().BeTrue();
        demand.End(supply).Should().BeFalse("it was said");
    }

    private static IEnumerable<PartyStep[]> Alone() =>
        from party in _parties
        from acts in Enumerable.Range(0, Moments)
        from asks in Enumerable.Range(acts, Moments - acts)
        select new PartyStep[] { new(acts, party.Acts), new(asks, party.Asks) };

    // The steps of one moment are done in both orders, since each pair comes in both.
    private static IEnumerable<PartyStep[]> Pairs() =>
        from one in Alone().Where(static script => script[1].Moment < Moments / 2)
        from other in Alone().Where(static script => script[1].Moment < Moments / 2)
        select new[] { one[0], one[1], other[0], other[1] }.OrderBy(static step => step.Moment).ToArray();

    /// <summary>Tries each script from each start.</summary>
    /// <returns>The first that loses a wake-up; <see langword="null"/> for none.</returns>
    private static string? Search(Func<DemandSubject> create, IEnumerable<PartyStep[]> scripts)
    {
        foreach (PartyStep[] script in scripts)
        {
            foreach (SupplyStart start in _starts)
            {
                if (new ScriptedSupply(create(), start, script).LosesWakeUp())
                {
                    return $"{start}: {string.Join(", ", script)}";
                }
            }
        }

        return null;
    }
}
