using Messaging.Bounds;
using Messaging.Cursors;
using Messaging.Dispatch;
using Messaging.Leases;
using Messaging.State;

namespace Messaging.Engine.Tests.State;

public sealed class InHandTests
{
    private readonly Shelf _shelf = new();
    private readonly LeaseList _consumer = new(100, null);

    public InHandTests() => _shelf.InHand.Leases.Held.Add(_consumer);

    private InHand InHand => _shelf.InHand;

    [Fact]
    public void Move_Ended_SettlesItsMessageAndCountsNoMore()
    {
        LogCursor cursor = _shelf.AddLog(1, 2);
        Move move = InHand.BeginMove(Shelf.Take(cursor));
        _shelf.AssertSum();
        InHand.Moving.Should().Be(1);

        InHand.Leave(move);
        SettledRun run = InHand.EndMove(cursor, move.Item.Sequence, departs: false);

        _shelf.AssertSum();
        run.Should().Be(new SettledRun(cursor, 1, null, 0));
        (InHand.Moving, InHand.Departing, cursor.State.Floor, cursor.Share.Left).Should().Be((0, 0, 2, 0));
    }

    [Fact]
    public void Move_Departing_CountsUntilItHasArrived()
    {
        LogCursor cursor = _shelf.AddLog(1);
        Move move = InHand.BeginMove(Shelf.Take(cursor));
        InHand.Leave(move);

        InHand.EndMove(cursor, move.Item.Sequence, departs: true);
        InHand.Departing.Should().Be(1);
        InHand.NoteArrived();

        InHand.Departing.Should().Be(0);
    }

    [Fact]
    public void Move_ThatComesBack_LeavesTheMessageUnsettled()
    {
        LogCursor cursor = _shelf.AddLog(1);
        Move move = InHand.BeginMove(Shelf.Take(cursor));

        InHand.ComeBack(move);
        InHand.Return(move.Item);

        _shelf.AssertSum();
        (InHand.Moving, cursor.State.Floor, InHand.Redelivery.ReadyCount).Should().Be((0, 1, 1));
    }

    [Fact]
    public void Eviction_ThatComesBack_EntersTheBacklogAgain()
    {
        LogCursor cursor = _shelf.AddLog(1);
        Backlog backlog = Limit(cursor);
        backlog.Add(1, 0);

        Move move = InHand.BeginEviction(Shelf.Take(cursor));
        (move.HasLeft, backlog.Messages.Held, cursor.Share.Left).Should().Be((true, 0, 1));
        InHand.ComeBack(move);

        (backlog.Messages.Held, cursor.Share.Left).Should().Be((1, 0));
    }

    [Fact]
    public void Leave_OfAnEvictedMessage_GivesNoRoomASecondTime()
    {
        LogCursor cursor = _shelf.AddLog(1);
        Backlog backlog = Limit(cursor);
        backlog.Add(1, 0);
        Move move = InHand.BeginEviction(Shelf.Take(cursor));

        InHand.Leave(move).Should().Be(default(SettledRun));

        cursor.Share.Left.Should().Be(1);
        InHand.EndMove(cursor, 1, departs: false).Backlog.Should().BeNull();
        (backlog.Messages.Held, cursor.Share.Left).Should().Be((0, 0));
    }

    [Fact]
    public void Leave_OfAMovingMessage_GivesItsRoomAndSettlesNothing()
    {
        LogCursor cursor = _shelf.AddLog(1);
        Backlog backlog = Limit(cursor);
        cursor.Share.MeasuredFrom = 5;
        cursor.Share.EstimatedSize = 7;

        SettledRun run = InHand.Leave(InHand.BeginMove(Shelf.Take(cursor)));

        run.Should().Be(new SettledRun(null, 1, backlog, 7));
        cursor.State.Floor.Should().Be(1);
    }

    [Fact]
    public void Leave_WithoutALimit_GivesNoRoom()
    {
        LogCursor cursor = _shelf.AddLog(1);

        SettledRun run = InHand.Leave(InHand.BeginMove(Shelf.Take(cursor)));

        (run.Cursor, run.Backlog).Should().Be((null, null));
    }

    [Fact]
    public void Return_OfALeasedMessage_KeepsItsCounts()
    {
        LogCursor cursor = _shelf.AddLog(1);
        Buffered item = Shelf.Take(cursor, failures: 3);

        InHand.Return(item);

        cursor.State.CountsOf(1).Should().Be(new RetryCounts(3, 3, 0));
        _shelf.AssertSum();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Settle_OfAMessage_GivesRoomOnlyWhereThereIsALimit(bool isLimited)
    {
        LogCursor cursor = _shelf.AddLog(1);
        Backlog? backlog = isLimited ? Limit(cursor) : null;
        Shelf.Take(cursor);

        SettledRun run = InHand.Settle(cursor, 1, size: 9);

        run.Should().Be(new SettledRun(cursor, 1, backlog, isLimited ? 9 : 0));
        cursor.State.Floor.Should().Be(2);
    }

    [Fact]
    public void SettleAcks_OfSeveralCursors_GivesOneRunForEachInTurn()
    {
        LogCursor one = _shelf.AddLog(1, 2, 3);
        LogCursor other = _shelf.AddLog(1);
        Backlog backlog = Limit(one);
        one.Share.MeasuredFrom = 2;
        one.Share.EstimatedSize = 10;
        Handle(one, acks: true);
        Handle(one, acks: true);
        Handle(other, acks: true);
        Handle(one, acks: true);

        Settle(whole: true).Should().Equal(
            new SettledRun(one, 2, backlog, 10), new SettledRun(other, 1, null, 0), new SettledRun(one, 1, backlog, 0));

        _shelf.AssertSum();
        (one.State.Floor, other.State.Floor, InHand.Leases.Count).Should().Be((4, 2, 0));
    }

    [Fact]
    public void SettleAcks_Short_EndsAtTheFirstMessageThatNobodyHasTaken()
    {
        LogCursor cursor = _shelf.AddLog(1, 2, 3);
        Handle(cursor, acks: true);
        Offer(cursor);
        Handle(cursor, acks: true);

        Settle(whole: false).Sum(static run => run.Count).Should().Be(1);
        cursor.State.Floor.Should().Be(2);
        Settle(whole: true).Sum(static run => run.Count).Should().Be(1);

        (cursor.State.Floor, cursor.State.AckedAbove).Should().Be((2, 1));
        _shelf.AssertSum();
    }

    [Fact]
    public void SettleAcks_OfAHeldLease_LinksItAndSettlesNothing()
    {
        LogCursor cursor = _shelf.AddLog(1);
        Handle(cursor, acks: false);

        Settle(whole: true).Should().Equal(default(SettledRun));

        InHand.Leases.Leased.Should().Be(1);
        _shelf.AssertSum();
    }

#if DEBUG
    [Fact]
    public void Move_EndedTwice_IsFoundByTheAssertion()
    {
        LogCursor cursor = _shelf.AddLog(1);
        Move move = InHand.BeginMove(Shelf.Take(cursor));
        InHand.Leave(move);
        InHand.EndMove(cursor, 1, departs: false);

        FluentActions.Invoking(() => InHand.EndMove(cursor, 1, departs: false)).Should().Throw<Exception>().WithMessage("*ended twice*");
        FluentActions.Invoking(() => InHand.ComeBack(move)).Should().Throw<Exception>().WithMessage("*ended twice*");
        FluentActions.Invoking(InHand.EndFetch).Should().Throw<Exception>().WithMessage("*ended twice*");
    }

    [Fact]
    public void Message_InNoPlace_IsFoundByTheSum()
    {
        LogCursor cursor = _shelf.AddLog(1);
        Shelf.Take(cursor);

        FluentActions.Invoking(_shelf.AssertSum).Should().Throw<Exception>().WithMessage("*1 messages are in hands, 0 are known*");
    }
#endif

    private static Backlog Limit(LogCursor cursor) =>
        cursor.Share.Limit = new Backlog("orders", new BacklogLimit { MaxMessages = 100 }, static () => true);

    private List<SettledRun> Settle(bool whole)
    {
        List<SettledRun> runs = [];
        int slot = InHand.Leases.First;
        do
        {
            runs.Add(_shelf.State.SettleAcks(ref slot, whole));
        }
        while (slot >= 0);
        return runs;
    }

    private long Offer(LogCursor cursor) => InHand.Leases.Offer(Shelf.Take(cursor));

    private void Handle(LogCursor cursor, bool acks)
    {
        long number = Offer(cursor);
        InHand.Leases.Grant(number, _consumer, deadline: 100, renewUntil: 0, lost: null);
        if (acks)
        {
            InHand.Leases.TryAck(number, out _).Should().BeTrue();
        }
    }
}
