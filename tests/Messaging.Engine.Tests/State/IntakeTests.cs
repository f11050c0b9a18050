using Messaging.Cursors;
using Messaging.Dispatch;

namespace Messaging.Engine.Tests.State;

public sealed class IntakeTests
{
    private readonly Shelf _shelf = new();

    [Fact]
    public void TryFill_ReturnedFailedAndNew_ReturnedComeFirstAndTheOthersTakeTurns()
    {
        LogCursor cursor = _shelf.AddLog(1, 2, 3, 4, 5, 6, 7);
        Buffered[] items = [.. Enumerable.Range(0, 4).Select(_ => Shelf.Take(cursor))];
        _shelf.InHand.Redelivery.AddFailed(items[0]);
        _shelf.InHand.Redelivery.AddFailed(items[1]);
        _shelf.InHand.Return(items[3]);
        _shelf.InHand.Return(items[2]);

        _shelf.TakeAll().Select(static taken => taken.Sequence).Should().Equal(3, 4, 1, 5, 2, 6, 7);
    }

    [Fact]
    public void TryFill_OnlyFailed_TakesThemInTheirOrder()
    {
        LogCursor cursor = _shelf.AddLog(1, 2, 3);
        foreach (int _ in Enumerable.Range(0, 3))
        {
            _shelf.InHand.Redelivery.AddFailed(Shelf.Take(cursor));
        }

        _shelf.TakeAll().Select(static taken => taken.Sequence).Should().Equal(1, 2, 3);
    }

    [Fact]
    public void TryFill_ReturnedWithoutItsRecord_IsFetchedAndTheNextIsTaken()
    {
        LogCursor cursor = _shelf.AddLog(1, 2);
        _shelf.InHand.Redelivery.Return(Shelf.Take(cursor).With(default));

        _shelf.TakeAll().Select(static taken => taken.Sequence).Should().Equal(2);

        _shelf.Fetches.Should().Equal(1);
    }

    [Fact]
    public void TryFill_MoreThanThereIsRoomFor_FillsTheRoom()
    {
        _shelf.Buffer.Capacity = 2;
        _shelf.AddLog(1, 2, 3);

        _shelf.Intake.TryFill().Should().BeTrue();

        _shelf.Intake.HasRoom.Should().BeFalse();
        _shelf.Intake.HasFresh().Should().BeTrue();
        _shelf.Intake.TryFill().Should().BeFalse();
        _shelf.InHand.Leases.Offered.Should().Be(2);
    }

    [Fact]
    public void Revoke_OfWhatIsOffered_BringsItBackInItsOrder()
    {
        _shelf.AddLog(1, 2, 3);
        _shelf.Intake.TryFill();

        _shelf.Intake.Revoke();

        _shelf.AssertSum();
        _shelf.InHand.Redelivery.ReadyCount.Should().Be(3);
        _shelf.TakeAll().Select(static taken => taken.Sequence).Should().Equal(1, 2, 3);
    }

    [Theory]
    [InlineData(10, 20, 30, 40, 1)]
    [InlineData(20, 10, 30, 40, 2)]
    [InlineData(30, 20, 10, 40, 3)]
    [InlineData(40, 20, 30, 10, 4)]
    [InlineData(10, 10, 10, 10, 1)]
    [InlineData(20, 10, 10, 10, 2)]
    [InlineData(20, 20, 10, 10, 3)]
    public void TryTakeOldest_OfReturnedFailedOfferedAndNew_IsTheOldestAndInATieTheFirstOfThem(
        long returned, long failed, long offered, long fresh, long expected)
    {
        LogCursor cursor = _shelf.AddLog(returned, failed, offered, fresh);
        _shelf.InHand.Redelivery.Return(Shelf.Take(cursor));
        _shelf.InHand.Redelivery.AddFailed(Shelf.Take(cursor));
        _shelf.Buffer.Write(_shelf.InHand.Leases.Offer(Shelf.Take(cursor)));
        _shelf.Intake.OldestAgesFrom().Should().Be(new[] { returned, failed, offered, fresh }.Min());

        _shelf.Intake.TryTakeOldest(whole: true, long.MaxValue, out Buffered item, out bool hasReturned).Should().BeTrue();

        (item.Sequence, hasReturned).Should().Be((expected, false));
    }

    [Fact]
    public void TryTakeOldest_OfSeveralLogs_IsTheOldestOfAll()
    {
        _shelf.AddLog(30, 40);
        _shelf.AddLog(20, 50);

        List<(string, long)> taken = [];
        while (_shelf.Intake.TryTakeOldest(whole: true, long.MaxValue, out Buffered item, out _))
        {
            taken.Add((item.Cursor.Log.Name, item.Sequence));
        }

        taken.Should().Equal(("log2", 1), ("log1", 1), ("log1", 2), ("log2", 2));
    }

    [Theory]
    [InlineData(9, false)]
    [InlineData(10, true)]
    public void TryTakeOldest_ByAge_TakesWhatIsAsOldAsThat(long agedBy, bool isTaken)
    {
        _shelf.AddLog(10, 20);

        _shelf.Intake.TryTakeOldest(whole: true, agedBy, out _, out bool hasReturned).Should().Be(isTaken);

        hasReturned.Should().BeFalse();
    }

    [Fact]
    public void TryTakeOldest_RecordMissingWhereAnyWillDo_IsOlderThanAllOthers()
    {
        LogCursor cursor = _shelf.AddLog(1, 2, 3);
        _shelf.InHand.Redelivery.Return(Shelf.Take(cursor));
        _shelf.InHand.Redelivery.AddFailed(Shelf.Take(cursor).With(default));

        _shelf.Intake.TryTakeOldest(whole: false, long.MaxValue, out Buffered item, out _).Should().BeTrue();

        (item.Sequence, item.Record.IsMissing).Should().Be((2, true));
    }

    [Fact]
    public void TryTakeOldest_RecordMissingWhereTheAgeCounts_IsPassedOver()
    {
        LogCursor cursor = _shelf.AddLog(1);
        _shelf.InHand.Redelivery.AddFailed(Shelf.Take(cursor).With(default));

        _shelf.Intake.TryTakeOldest(whole: true, agedBy: 1_000, out _, out _).Should().BeFalse();

        _shelf.Intake.OldestAgesFrom().Should().Be(long.MaxValue);
    }

    [Fact]
    public void TryTakeOldest_OnlyInTheStoreAndTheRecordIsNeeded_IsReadFirst()
    {
        LogCursor stored = _shelf.AddStored(last: 3);
        _shelf.AddLog(10);

        _shelf.Intake.TryTakeOldest(whole: true, long.MaxValue, out _, out _).Should().BeFalse("what is in the store only is older than what is in memory");
        _shelf.Intake.TryTakeOldest(whole: true, long.MaxValue, out _, out _).Should().BeFalse("it is being read");

        _shelf.ReadsAhead.Should().Equal((stored, 1));
    }

    [Fact]
    public void TryTakeOldest_OnlyInTheStoreAndTheRecordIsNotNeeded_IsTakenWithoutIt()
    {
        LogCursor stored = _shelf.AddStored(last: 3);
        _shelf.AddLog(10);

        _shelf.Intake.TryTakeOldest(whole: false, long.MaxValue, out Buffered item, out _).Should().BeTrue();

        (item.Cursor, item.Sequence, item.Record.IsMissing).Should().Be((stored, 1, true));
        _shelf.ReadsAhead.Should().BeEmpty();
    }

    [Fact]
    public void TryTakeOldest_NothingButWhatWaits_TakesThat()
    {
        LogCursor cursor = _shelf.AddLog(1);
        _shelf.InHand.Redelivery.AddWaiting(Shelf.Take(cursor), due: 5_000);

        _shelf.Intake.TryTakeOldest(whole: true, agedBy: 1_000, out _, out _).Should().BeFalse("it is no older than it waits for");
        _shelf.Intake.TryTakeOldest(whole: true, long.MaxValue, out Buffered item, out _).Should().BeTrue();

        item.Sequence.Should().Be(1);
    }

    [Fact]
    public void TryTakeOldest_OfferedAndTooYoung_StaysOffered()
    {
        LogCursor cursor = _shelf.AddLog(20);
        _shelf.Buffer.Write(_shelf.InHand.Leases.Offer(Shelf.Take(cursor)));

        _shelf.Intake.TryTakeOldest(whole: true, agedBy: 19, out _, out bool hasReturned).Should().BeFalse();

        (hasReturned, _shelf.InHand.Leases.Offered).Should().Be((false, 1));
        _shelf.AssertSum();
    }
}
