using System.Runtime.CompilerServices;
using Messaging.Dispatch;
using Messaging.Engine.Tests.State;
using Messaging.Leases;
using Messaging.State;

namespace Messaging.Engine.Tests.Leases;

public sealed class LeaseTableTests(ITestOutputHelper output)
{
    private readonly SubscriptionState _state = new Shelf().State;

    [Fact]
    public void Release_OfAHeldLease_GivesItBackOnce()
    {
        LeaseList list = List(100);
        long number = Grant(list, sequence: 7, now: 0);

        _state.InHand.Leases.TryRelease(number, out Lease lease).Should().BeTrue();

        lease.Item.Sequence.Should().Be(7);
        _state.InHand.Leases.Count.Should().Be(0);
        _state.InHand.Leases.TryRelease(number, out _).Should().BeFalse();
        _state.InHand.Leases.NextDeadline().Should().Be(long.MaxValue);
    }

    [Fact]
    public void Release_WithAStaleNumberAfterItsSlotWasReused_ChangesNothing()
    {
        LeaseList list = List(100);
        long stale = Grant(list, sequence: 1, now: 0);
        _state.InHand.Leases.TryRelease(stale, out _);

        long held = Grant(list, sequence: 2, now: 0);

        (held & 0xFFFFF).Should().Be(stale & 0xFFFFF, "the slot is used again");
        held.Should().BeGreaterThan(stale, "numbers grow");
        _state.InHand.Leases.TryRelease(stale, out _).Should().BeFalse();
        _state.InHand.Leases.Count.Should().Be(1);
        _state.InHand.Leases.TryRelease(held, out Lease lease).Should().BeTrue();
        lease.Item.Sequence.Should().Be(2);
    }

    [Theory]
    [InlineData(0L)]
    [InlineData(-1L)]
    [InlineData(long.MinValue)]
    [InlineData(long.MaxValue)]
    [InlineData(1L)]
    [InlineData(1L << 20)]
    [InlineData((1L << 20) | 15)]
    public void Find_NumberThatWasNeverGranted_FindsNothing(long number)
    {
        _state.InHand.Leases.TryRelease(Grant(List(100), sequence: 1, now: 0), out _);

        Unsafe.IsNullRef(ref _state.InHand.Leases.Find(number)).Should().BeTrue();
    }

    [Fact]
    public void Expiry_OverSeveralLists_TakesEachListInTheOrderOfDeadlines()
    {
        LeaseList quick = List(10);
        LeaseList slow = List(100);
        Grant(slow, sequence: 1, now: 0);
        Grant(quick, sequence: 2, now: 0);
        Grant(quick, sequence: 3, now: 5);
        Grant(slow, sequence: 4, now: 5);

        _state.InHand.Leases.NextDeadline().Should().Be(10);
        Expired(9).Should().BeEmpty();
        Expired(15).Should().Equal(2, 3);
        _state.InHand.Leases.NextDeadline().Should().Be(100);
        Expired(1_000).Should().Equal(1, 4);
        _state.InHand.Leases.Count.Should().Be(0);
    }

    [Fact]
    public void Expiry_WhileAHandlerRuns_RenewsUntilItsLastTime()
    {
        LeaseList list = List(10);
        long number = Grant(list, sequence: 1, now: 0, renewUntil: 25);

        Expired(10).Should().BeEmpty();
        _state.InHand.Leases.NextDeadline().Should().Be(20);
        Expired(20).Should().BeEmpty();
        _state.InHand.Leases.NextDeadline().Should().Be(25, "a renewal ends where renewing ends");
        Unsafe.IsNullRef(ref _state.InHand.Leases.Find(number)).Should().BeFalse();

        Expired(25).Should().Equal(1);
        _state.InHand.Leases.TryRelease(number, out _).Should().BeFalse();
    }

    [Fact]
    public void Expiry_RenewedLeaseBeforeOthers_DoesNotHoldThemUp()
    {
        LeaseList list = List(10);
        Grant(list, sequence: 1, now: 0, renewUntil: 1_000);
        Grant(list, sequence: 2, now: 0);
        Grant(list, sequence: 3, now: 1);

        Expired(10).Should().Equal(2);
        _state.InHand.Leases.NextDeadline().Should().Be(11);
        Expired(11).Should().Equal(3);
        _state.InHand.Leases.NextDeadline().Should().Be(20);
    }

    [Fact]
    public void Move_LaterAndEarlier_KeepsTheOrderOfDeadlines()
    {
        LeaseList list = List(100);
        long first = Grant(list, sequence: 1, now: 0);
        Grant(list, sequence: 2, now: 10);
        long third = Grant(list, sequence: 3, now: 20);

        _state.InHand.Leases.Move(ref _state.InHand.Leases.Find(first), 115);
        _state.InHand.Leases.Move(ref _state.InHand.Leases.Find(third), 50);

        _state.InHand.Leases.NextDeadline().Should().Be(50);
        Expired(1_000).Should().Equal(3, 2, 1);
    }

    [Fact]
    public void TryTake_OfOneList_LeavesTheOthers()
    {
        LeaseList leaving = List(10);
        LeaseList staying = List(10);
        Grant(leaving, sequence: 1, now: 0);
        Grant(staying, sequence: 2, now: 0);
        Grant(leaving, sequence: 3, now: 0);

        var taken = new List<long>();
        while (_state.InHand.Leases.TryTake(leaving, out Lease lease))
        {
            taken.Add(lease.Item.Sequence);
        }

        _state.InHand.Leases.Held.Remove(leaving);
        taken.Should().Equal(1, 3);
        _state.InHand.Leases.Count.Should().Be(1);
        Expired(10).Should().Equal(2);
    }

    [Fact]
    public void ForEach_OverAllLists_ShowsEachHeldLease()
    {
        LeaseList one = List(10);
        LeaseList two = List(10);
        Grant(one, sequence: 1, now: 0);
        Grant(two, sequence: 2, now: 0);
        Grant(one, sequence: 3, now: 0);
        var seen = new List<long>();

        _state.InHand.Leases.Held.ForEach(_state.InHand.Leases.Slots, seen, static (list, in lease) => list.Add(lease.Item.Sequence));

        seen.Should().Equal(1, 3, 2);
    }

    [Theory]
    [InlineData(31)]
    [InlineData(32)]
    [InlineData(33)]
    public void RandomSteps_AgainstAPlainList_AgreeOnWhoHoldsWhat(int seed)
    {
        output.WriteLine($"seed {seed}");
        var model = new LeaseModel(seed);
        for (int step = 0; step < 6_000; step++)
        {
            model.Step();
            model.Verify();
        }
    }

    private LeaseList List(long duration)
    {
        var list = new LeaseList(duration, retry: null);
        _state.InHand.Leases.Held.Add(list);
        return list;
    }

    private long Grant(LeaseList list, long sequence, long now, long renewUntil = 0)
    {
        long number = _state.InHand.Leases.Offer(new Buffered(null!, sequence, default, 1, 0));
        _state.InHand.Leases.Grant(number, list, now + list.Duration, renewUntil, lost: null);
        _state.Look(whole: true);
        return number;
    }

    private List<long> Expired(long now)
    {
        var expired = new List<long>();
        while (_state.InHand.Leases.TryTakeExpired(now, out Lease lease))
        {
            expired.Add(lease.Item.Sequence);
        }

        return expired;
    }
}
