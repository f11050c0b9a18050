using Messaging.Cursors;

namespace Messaging.Engine.Tests.Cursors;

public sealed class CursorStateTests(ITestOutputHelper output)
{
    [Fact]
    public void Settle_InOrder_MovesTheFloor()
    {
        CursorState state = Taken(floor: 1, count: 3);

        state.Settle(1).Should().BeTrue();
        state.Settle(2).Should().BeTrue();

        state.Floor.Should().Be(3);
        state.InHands.Should().Be(1);
        state.AckedAbove.Should().Be(0);
    }

    [Fact]
    public void Settle_OutOfOrder_MovesTheFloorOnceTheGapIsClosed()
    {
        CursorState state = Taken(floor: 1, count: 5);

        state.Settle(3).Should().BeFalse();
        state.Settle(2).Should().BeFalse();
        state.Settle(5).Should().BeFalse();
        (state.Floor, state.InHands, state.AckedAbove).Should().Be((1, 2, 3));

        state.Settle(1).Should().BeTrue();
        (state.Floor, state.InHands, state.AckedAbove).Should().Be((4, 1, 1));
        state.IsSettled(3).Should().BeTrue();
        state.IsSettled(4).Should().BeFalse();
        state.IsSettled(5).Should().BeTrue();
    }

    [Fact]
    public void Settle_MessageWithCounts_ForgetsThem()
    {
        CursorState state = Taken(floor: 1, count: 2);
        state.SetCounts(2, new RetryCounts(3, 2, 9));
        state.CountsOf(2).Should().Be(new RetryCounts(3, 2, 9));

        state.Settle(2);

        state.CountsOf(2).Should().Be(default(RetryCounts));
        state.Counts.Should().BeEmpty();
    }

    [Fact]
    public void SeekNext_AfterRestore_PassesAckedAndWaiting()
    {
        CursorState state = Restored();

        var taken = new List<long>();
        while (state.SeekNext(end: 12))
        {
            taken.Add(state.Take());
        }

        taken.Should().Equal(1, 4, 5, 7, 10, 11);
        state.Next.Should().Be(12);
        state.IsRecovering.Should().BeFalse();
        state.InHands.Should().Be(11 - 4, "of 11 messages, four are acked; the waiting one is in hands");
    }

    [Fact]
    public void SeekNext_WaitingMessageThatWasHandedOverAndReturnedMeanwhile_IsPassedAllTheSame()
    {
        CursorState state = Restored();

        // It came due while next was still at the floor; its consumer was closed.
        state.SetCounts(6, new RetryCounts(2, 1, 0));
        var taken = new List<long>();
        while (state.SeekNext(end: 12))
        {
            taken.Add(state.Take());
        }

        taken.Should().Equal([1, 4, 5, 7, 10, 11], "it is in hands already");
        state.InHands.Should().Be(11 - 4);
    }

    [Fact]
    public void PassOver_WaitingMessageThatWasHandedOverMeanwhile_LeavesItInHands()
    {
        CursorState state = Restored();
        state.SetCounts(6, new RetryCounts(2, 1, 0));

        state.PassOver(8);

        (state.IsSettled(5), state.IsSettled(6), state.IsSettled(7)).Should().Be((true, false, true));
        state.InHands.Should().Be(1);
        state.Settle(6);
        state.Floor.Should().Be(10);
    }

    [Fact]
    public void SeekNext_LogEndsBelowWhatWasStored_StopsAtItsEnd()
    {
        CursorState state = Restored();

        state.SeekNext(end: 1).Should().BeFalse();
        state.SeekNext(end: 2).Should().BeTrue();
        state.Take();
        state.SeekNext(end: 3).Should().BeFalse();
        state.Next.Should().Be(3);
        state.IsRecovering.Should().BeTrue();
    }

    [Fact]
    public void Settle_WaitingMessageAboveNextAfterRecovery_IsPassedLater()
    {
        CursorState state = Restored();

        // A waiting message comes due and is acked while next is still at the floor.
        state.Settle(6).Should().BeFalse();
        state.InHands.Should().Be(0);

        state.SeekNext(end: 12).Should().BeTrue();
        state.Take().Should().Be(1);
        state.Settle(1).Should().BeTrue();
        state.Floor.Should().Be(4);
        state.Next.Should().Be(4, "next never stays below the floor");
        (state.InHands, state.AckedAbove).Should().Be((0, 3));
    }

    [Fact]
    public void Settle_WaitingMessageAtTheFloorAfterRecovery_TakesNextWithIt()
    {
        var state = new CursorState(5);
        state.Restore([(6, 7)], [KeyValuePair.Create(5L, new RetryCounts(1, 1, 99))], next: 10);

        state.Settle(5).Should().BeTrue();

        (state.Floor, state.Next, state.InHands).Should().Be((8, 8, 0));
    }

    [Fact]
    public void StartAt_AnotherPlace_HasNothingInHands()
    {
        var state = new CursorState(1);

        state.StartAt(50);

        (state.Floor, state.Next, state.InHands, state.IsRecovering).Should().Be((50, 50, 0, false));
    }

    [Theory]
    [InlineData(11)]
    [InlineData(12)]
    [InlineData(13)]
    [InlineData(14)]
    [InlineData(15)]
    public void RandomSteps_WithRecoveries_AgreeWithAPlainModel(int seed)
    {
        output.WriteLine($"seed {seed}");
        var model = new CursorModel(seed);
        for (int step = 0; step < 2_000; step++)
        {
            model.Step();
            model.Verify();
        }

        model.SettleAll();
        model.Verify();
    }

    private static CursorState Taken(long floor, int count)
    {
        var state = new CursorState(floor);
        for (int i = 0; i < count; i++)
        {
            state.SeekNext(floor + count).Should().BeTrue();
            state.Take();
        }

        return state;
    }

    // Floor 1; acked 2, 3, 8, 9; waiting 6.
    private static CursorState Restored()
    {
        var state = new CursorState(1);
        state.Restore([(2, 3), (8, 9)], [KeyValuePair.Create(6L, new RetryCounts(1, 1, 99))], next: 8);
        state.IsRecovering.Should().BeTrue();
        return state;
    }
}
