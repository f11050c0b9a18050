using Messaging.Bounds;
using Messaging.Cursors;
using Messaging.Dispatch;
using Messaging.Engine.Tests.Cursors;
using Messaging.Logs;
using Messaging.State;

namespace Messaging.Engine.Tests.State;

public sealed class SuspensionTests
{
    private readonly Shelf _shelf = new();
    private readonly Backlog _backlog = new("orders", new BacklogLimit { MaxMessages = 2, Action = BacklogAction.Suspend }, static () => true);

    private Suspension Suspension => _shelf.State.Suspension;

    private IReadOnlyList<LogCursor> Cursors => _shelf.State.Fresh.Cursors;

    [Fact]
    public void Begin_WithinTheLimit_KeepsAllThatIsThereAndCollectsNoMore()
    {
        LogCursor cursor = _shelf.AddLog(1, 2);
        _backlog.Add(2, 0);

        Suspension.Begin(Cursors, _backlog).Should().Equal((cursor, 3));
        Pass(cursor, 2);

        (Suspension.IsOn, Suspension.IsPossible, cursor.End).Should().Be((true, false, 3));
        Suspension.CountMissed(Cursors).Should().Be(2);
        _shelf.TakeAll().Should().Equal(("log1", 1), ("log1", 2));
    }

    [Fact]
    public void Begin_AboveTheLimit_LetsTheNewestOfAllLogsPassBy()
    {
        LogCursor one = _shelf.AddLog(10, 40);
        LogCursor other = _shelf.AddLog(20, 30);
        _backlog.Add(4, 0);

        Suspension.Begin(Cursors, _backlog);

        (one.State.SuspendedAt, other.State.SuspendedAt, _backlog.Messages.Held).Should().Be((2, 2, 2));
        Suspension.CountMissed(Cursors).Should().Be(2);
    }

    [Fact]
    public void Begin_WhatSomebodyHasSeen_IsNotCut()
    {
        LogCursor cursor = _shelf.AddLog(1, 2, 3, 4);
        Shelf.Take(cursor);
        Shelf.Take(cursor);
        Shelf.Take(cursor);
        _backlog.Add(4, 0);

        Suspension.Begin(Cursors, _backlog);

        (cursor.State.SuspendedAt, _backlog.Messages.Held).Should().Be((4, 3));
    }

    [Fact]
    public void Begin_LogInMemory_KeepsItsMessagesAside()
    {
        LogCursor cursor = _shelf.AddLog(1, 2);
        _backlog.Add(2, 0);

        Suspension.Begin(Cursors, _backlog);
        cursor.Log.LookAtReaders();
        cursor.Log.TrimNow();
        Pass(cursor, 1);

        cursor.Log.TryGet(1, out _).Should().BeFalse("the log has let go of it");
        _shelf.TakeAll().Should().Equal(("log1", 1), ("log1", 2));
    }

    [Fact]
    public void End_AfterMessagesHavePassedBy_CollectsFromThereOn()
    {
        LogCursor cursor = _shelf.AddLog(1);
        _backlog.Add(1, 0);
        Suspension.Begin(Cursors, _backlog);
        Pass(cursor, 3);

        Suspension.End(Cursors).Should().Equal(cursor);
        (Suspension.IsOn, Suspension.IsPossible).Should().Be((false, false), "a cursor is still to resume");
        Suspension.Resume(cursor, cursor.Log.AttachAtEnd(cursor));
        Shelf.Append(cursor, 9);

        Suspension.IsPossible.Should().BeTrue();
        Suspension.CountMissed(Cursors).Should().Be(3);
        _shelf.TakeAll().Should().Equal(("log1", 1), ("log1", 5));
        _shelf.State.Count().Missed.Should().Be(3);
    }

    [Fact]
    public void End_NotSuspended_ResumesNothing()
    {
        _shelf.AddLog(1);

        Suspension.End(Cursors).Should().BeEmpty();

        Suspension.IsPossible.Should().BeTrue();
    }

    [Fact]
    public void Missed_OfTwoSuspensions_AddsUp()
    {
        LogCursor cursor = _shelf.AddLog();
        foreach (int count in (int[])[2, 3])
        {
            Suspension.Begin(Cursors, _backlog);
            Pass(cursor, count);
            Suspension.End(Cursors);
            Suspension.Resume(cursor, cursor.Log.AttachAtEnd(cursor));
        }

        Suspension.CountMissed(Cursors).Should().Be(5);
    }

    [Fact]
    public void TryJoin_WhileSuspended_SuspendsTheCursorToo()
    {
        LogCursor before = NewCursor(isOwn: false);
        Suspension.TryJoin(before).Should().BeFalse();
        Suspension.Begin(Cursors, _backlog);

        LogCursor joining = NewCursor(isOwn: false);
        LogCursor own = NewCursor(isOwn: true);

        (Suspension.TryJoin(joining), Suspension.TryJoin(own)).Should().Be((true, false));
        (before.State.IsSuspended, joining.State.SuspendedAt, own.State.IsSuspended).Should().Be((false, 1, false));
    }

    [Fact]
    public void Recover_OneCursorSuspended_SuspendsTheOthersAtTheirEnds()
    {
        LogCursor suspended = _shelf.AddLog(1, 2);
        suspended.State.Restore([], [], next: 1, suspendedAt: 2);
        LogCursor other = _shelf.AddLog(1);

        Suspension.Recover(Cursors).Should().Equal(other);

        (Suspension.IsOn, other.State.SuspendedAt).Should().Be((true, 2));
        Suspension.CountMissed(Cursors).Should().Be(0, "it counts from the opening on");
    }

    [Fact]
    public void Recover_NoneSuspended_SuspendsNone()
    {
        _shelf.AddLog(1);

        Suspension.Recover(Cursors).Should().BeEmpty();

        Suspension.IsOn.Should().BeFalse();
    }

    private static LogCursor NewCursor(bool isOwn) => new(
        new SilentOwner(), new MessageLog(9, "joining", Durability.Memory, isStored: false, lastSequence: 0), new CursorState(1))
    { IsOwn = isOwn };

    private static void Pass(LogCursor cursor, int count)
    {
        cursor.Log.LookAtReaders();
        Shelf.Append(cursor, [.. Enumerable.Repeat(100L, count)]);
    }
}
