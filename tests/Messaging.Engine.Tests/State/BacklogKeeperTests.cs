using Messaging.Bounds;
using Messaging.Cursors;
using Messaging.Dispatch;
using Messaging.State;

namespace Messaging.Engine.Tests.State;

public sealed class BacklogKeeperTests
{
    private static readonly TimeSpan _age = TimeSpan.FromMilliseconds(1);

    private readonly Shelf _shelf = new();

    private BacklogKeeper Keeper => _shelf.State.Keeper;

    [Theory]
    [InlineData(2, 1_000, long.MaxValue, false, 11_010)]
    [InlineData(2, 11_009, long.MaxValue, false, 11_010)]
    [InlineData(2, 11_010, long.MaxValue, true, long.MaxValue)]
    [InlineData(3, 1_000, 2, true, 11_010)]
    [InlineData(3, 20_000, 2, true, long.MaxValue)]
    public void MustMakeRoom_ByCountOrAge_SaysWhenToCheckAgain(int held, long now, long most, bool must, long due)
    {
        _shelf.AddLog(1_010, 1_020);
        Backlog backlog = Set(BacklogAction.DropOldest, most == long.MaxValue ? null : most, _age);
        backlog.Add(held, 0);

        Keeper.MustMakeRoom(backlog, _shelf.Intake, now, out long found).Should().Be(must);

        (found, Keeper.AgeDue).Should().Be((due, due));
    }

    [Theory]
    [InlineData(11_009, false, 11_010)]
    [InlineData(11_010, true, long.MaxValue)]
    public void IsOldestTooOld_AtItsTime_SaysWhenToCheckAgain(long now, bool isTooOld, long due)
    {
        _shelf.AddLog(1_010);
        Backlog backlog = Set(BacklogAction.Block, most: null, _age);

        Keeper.IsOldestTooOld(backlog, _shelf.Intake, now, out long found).Should().Be(isTooOld);

        (found, Keeper.AgeDue).Should().Be((due, due));
    }

    [Fact]
    public void MustMakeRoom_NothingThere_IsNeverDue()
    {
        Backlog backlog = Set(BacklogAction.DropOldest, most: null, _age);

        Keeper.MustMakeRoom(backlog, _shelf.Intake, now: 50_000, out long due).Should().BeFalse();

        due.Should().Be(long.MaxValue);
    }

    [Fact]
    public void NeedsCheck_ByCount_WhereTheLimitDoesNotAskSenders()
    {
        Backlog evicting = Set(BacklogAction.DropOldest, most: 1, age: null);
        Keeper.NeedsCheck(evicting).Should().BeFalse();
        evicting.Add(2, 0);
        Keeper.NeedsCheck(evicting).Should().BeTrue();

        Backlog asking = Set(BacklogAction.Block, most: 1, age: null);
        asking.Add(2, 0);
        Keeper.NeedsCheck(asking).Should().BeFalse("its senders have entered before");
    }

    [Fact]
    public void NeedsCheck_ByAge_UntilItIsKnownWhenTheOldestIsTooOld()
    {
        Backlog backlog = Set(BacklogAction.Block, most: null, _age);
        Keeper.NeedsCheck(backlog).Should().BeTrue();

        _shelf.AddLog(1_010);
        Keeper.IsOldestTooOld(backlog, _shelf.Intake, now: 1_010, out _);
        Keeper.NeedsCheck(backlog).Should().BeFalse();

        Keeper.IsOldestTooOld(backlog, _shelf.Intake, now: 20_000, out _);
        Keeper.NeedsCheck(backlog).Should().BeTrue();
        backlog.Messages.IsShut = true;
        Keeper.NeedsCheck(backlog).Should().BeFalse("senders are kept out already");
    }

    [Theory]
    [InlineData(BacklogAction.DropOldest, 11_010, true)]
    [InlineData(BacklogAction.DropOldest, 11_009, false)]
    [InlineData(BacklogAction.DeadLetterOldest, 11_010, true)]
    [InlineData(BacklogAction.Block, 50_000, false)]
    [InlineData(BacklogAction.Suspend, 50_000, false)]
    public void IsTooOld_WhereTheOldestMakesRoom_CountsFromTheSending(BacklogAction action, long now, bool isTooOld)
    {
        LogCursor cursor = _shelf.AddLog(1_010);
        Set(action, most: null, _age);

        Keeper.IsTooOld(Shelf.Take(cursor), now).Should().Be(isTooOld);
    }

    [Fact]
    public void IsTooOld_WithoutItsRecord_IsNotKnown()
    {
        LogCursor cursor = _shelf.AddLog(1_010);
        Set(BacklogAction.DropOldest, most: null, _age);

        Keeper.IsTooOld(Shelf.Take(cursor).With(default), now: 50_000).Should().BeFalse();
    }

    [Theory]
    [InlineData(BacklogAction.DropOldest, 15_000, 1_020, 11_010)]
    [InlineData(BacklogAction.DropOldest, 1_050, 1_020, 1_050)]
    [InlineData(BacklogAction.DropOldest, 15_000, 12_000, 12_001)]
    [InlineData(BacklogAction.Block, 15_000, 12_000, 15_000)]
    public void CapByAge_OfAWait_EndsWhenTheMessageIsTooOld(BacklogAction action, long due, long now, long capped)
    {
        LogCursor cursor = _shelf.AddLog(1_010);
        Set(action, most: null, _age);

        Keeper.CapByAge(Shelf.Take(cursor), due, now).Should().Be(capped);
    }

    [Fact]
    public void CapByAge_WithoutALimitOrARecord_IsTheWait()
    {
        LogCursor cursor = _shelf.AddLog(1_010);
        Buffered item = Shelf.Take(cursor);
        Keeper.CapByAge(item, due: 15_000, now: 12_000).Should().Be(15_000);

        Set(BacklogAction.DropOldest, most: null, _age);

        Keeper.CapByAge(item.With(default), due: 15_000, now: 12_000).Should().Be(15_000);
    }

    private Backlog Set(BacklogAction action, long? most, TimeSpan? age)
    {
        var backlog = new Backlog("orders", new BacklogLimit { MaxMessages = most, MaxAge = age, Action = action }, static () => true);
        Keeper.Set(backlog);
        Keeper.Limit.Should().BeSameAs(backlog);
        return backlog;
    }
}
