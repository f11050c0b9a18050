using Messaging.Cursors;
using Messaging.Dispatch;
using Messaging.State;
using Record = Messaging.Records.Record;

namespace Messaging.Engine.Tests.State;

public sealed class FreshTests
{
    private readonly Shelf _shelf = new();

    private Fresh Fresh => _shelf.State.Fresh;

    [Fact]
    public void TryTake_SeveralLogs_TheyTakeTurns()
    {
        _shelf.AddLog(1, 2, 3);
        _shelf.AddLog(1);
        _shelf.AddLog(1, 2);

        TakeAll().Should().Equal(("log2", 1), ("log3", 1), ("log1", 1), ("log3", 2), ("log1", 2), ("log1", 3));
    }

    [Fact]
    public void TryTake_WithoutALog_FindsNothing()
    {
        (Fresh.TryTake(out _), _shelf.Intake.HasFresh()).Should().Be((false, false));
    }

    [Fact]
    public void TryTake_MessageWithCounts_HasThem()
    {
        LogCursor cursor = _shelf.AddLog(1);
        cursor.State.SetCounts(1, new RetryCounts(4, 2, 0));

        Fresh.TryTake(out Buffered item).Should().BeTrue();

        (item.Sequence, item.Attempts, item.Failures).Should().Be((1, 4, 2));
    }

    [Fact]
    public void MayTake_AsManyExceptionsAsThereMayBe_NotesThatItIsFull()
    {
        LogCursor cursor = _shelf.AddLog(1, 2, 3, 4);
        Fresh.MaxOutOfOrder = 1;
        Shelf.Take(cursor);
        Shelf.Take(cursor);
        (Fresh.MayTake(cursor), _shelf.State.Demand.IsFull).Should().Be((true, false));

        cursor.State.Settle(2);

        (Fresh.MayTake(cursor), _shelf.Intake.HasFresh(), _shelf.State.Demand.IsFull).Should().Be((false, false, true));
        Fresh.TryTake(out _).Should().BeFalse();
        cursor.State.Settle(1);
        Fresh.MayTake(cursor).Should().BeTrue();
    }

    [Fact]
    public void MayTake_NothingNew_IsNotFull()
    {
        LogCursor cursor = _shelf.AddLog();
        Fresh.MaxOutOfOrder = 0;

        (Fresh.MayTake(cursor), _shelf.State.Demand.IsFull).Should().Be((false, false));
    }

    [Fact]
    public void MayTake_WhatRecoveryFound_IsNotHeldBack()
    {
        LogCursor cursor = _shelf.AddLog(1, 2, 3);
        Fresh.MaxOutOfOrder = 1;
        cursor.State.Restore([(2, 2)], [], next: 3);

        Fresh.MayTake(cursor).Should().BeTrue("it was out before");
        TakeAll().Should().Equal(("log1", 1));
        _shelf.State.Demand.IsFull.Should().BeTrue("the third is new");
    }

    [Fact]
    public void TryPeek_InTheStoreOnly_IsReadAheadOnce()
    {
        LogCursor cursor = _shelf.AddStored(last: 5);

        Fresh.TryPeek(cursor, out _).Should().BeFalse();
        Fresh.TryPeek(cursor, out _).Should().BeFalse();

        _shelf.ReadsAhead.Should().Equal((cursor, 1));
        _shelf.Intake.HasFresh().Should().BeFalse("it is being read");
    }

    [Fact]
    public void TryTake_ReadAhead_TakesItInOrderAndLetsGoOfWhatIsBehind()
    {
        LogCursor cursor = _shelf.AddStored(last: 3);
        cursor.State.SeekNext(cursor.End);
        foreach (long sequence in (long[])[0, 1, 2])
        {
            cursor.Ahead.Records.Enqueue((sequence, new Record($"body {sequence}", sentAt: 1, extras: null)));
        }

        Fresh.TryTake(out Buffered first).Should().BeTrue();
        Fresh.TryTake(out Buffered second).Should().BeTrue();

        (first.Record.Body, second.Record.Body).Should().Be(("body 1", "body 2"));
        cursor.Ahead.Records.Should().BeEmpty();
        Fresh.TryTake(out _).Should().BeFalse();
        _shelf.ReadsAhead.Should().Equal((cursor, 3));
    }

    [Fact]
    public void TryFindOldest_RecordsThatAreRead_WaitsOrNotAsAsked()
    {
        _shelf.AddStored(last: 1);
        LogCursor inMemory = _shelf.AddLog(5);

        Fresh.TryFindOldest(reads: true, waits: true, out _, out _).Should().BeFalse();
        Fresh.TryFindOldest(reads: true, waits: false, out LogCursor? oldest, out Record record).Should().BeTrue();

        (oldest, record.AgesFrom).Should().Be((inMemory, 5));
    }

    private List<(string Log, long Sequence)> TakeAll()
    {
        List<(string Log, long Sequence)> taken = [];
        while (Fresh.TryTake(out Buffered item))
        {
            taken.Add((item.Cursor.Log.Name, item.Sequence));
        }

        return taken;
    }
}
