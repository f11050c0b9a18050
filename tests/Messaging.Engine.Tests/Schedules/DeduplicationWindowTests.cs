using Messaging.Logs;
using Messaging.Schedules;
using Messaging.Storage;

namespace Messaging.Engine.Tests.Schedules;

public sealed class DeduplicationWindowTests
{
    private readonly DeduplicationWindow _window = new(capacity: 3);

    [Fact]
    public async Task Begin_OfARepeatedId_ShowsTheFirstSend()
    {
        var first = new TaskCompletionSource<Receipt>();
        _window.Begin(1, Id(1), first, out long ordinal).Should().BeNull();
        ordinal.Should().Be(1);

        Task<Receipt>? earlier = _window.Begin(1, Id(1), new TaskCompletionSource<Receipt>(), out _);

        earlier.Should().BeSameAs(first.Task, "a repetition waits for a send that is under way");
        first.SetResult(new Receipt(Id(1), 7, Durability.Power, IsDuplicate: false));
        (await earlier!).Sequence.Should().Be(7);
    }

    [Fact]
    public void Begin_OfTheSameIdToAnotherLog_IsAnotherMessage()
    {
        IsFirst(1, 1).Should().BeTrue();
        IsFirst(2, 1).Should().BeTrue();
        IsFirst(2, 1).Should().BeFalse();
    }

    [Fact]
    public void Begin_BeyondTheWindow_ForgetsTheOldest()
    {
        for (ulong id = 1; id <= 4; id++)
        {
            IsFirst(1, id).Should().BeTrue();
        }

        IsFirst(1, 2).Should().BeFalse();
        IsFirst(1, 3).Should().BeFalse();
        IsFirst(1, 4).Should().BeFalse();
        IsFirst(1, 1).Should().BeTrue("it was the oldest of four");
    }

    [Fact]
    public void Forget_OfAFailedSend_LetsItBeginAgain()
    {
        _window.Begin(1, Id(1), new TaskCompletionSource<Receipt>(), out long ordinal);

        _window.Forget(1, Id(1), ordinal);

        IsFirst(1, 1).Should().BeTrue();
    }

    [Fact]
    public void Forget_OfAnEarlierSend_LeavesTheLaterOne()
    {
        _window.Begin(1, Id(1), new TaskCompletionSource<Receipt>(), out long earlier);
        _window.Forget(1, Id(1), earlier);
        IsFirst(1, 1).Should().BeTrue();

        _window.Forget(1, Id(1), earlier);
        IsFirst(1, 1).Should().BeFalse();
    }

    [Fact]
    public void Begin_AgainAfterForgetting_IsRememberedAsANewOne()
    {
        _window.Begin(1, Id(1), new TaskCompletionSource<Receipt>(), out long ordinal);
        _window.Forget(1, Id(1), ordinal);
        IsFirst(1, 2).Should().BeTrue();
        IsFirst(1, 1).Should().BeTrue();

        // The place of the forgotten send leaves the window; the newer send of the same id does not.
        IsFirst(1, 3).Should().BeTrue();
        IsFirst(1, 1).Should().BeFalse();
    }

    [Fact]
    public async Task Recover_OfWhatTheStoreRemembers_AnswersWithItsReceipts()
    {
        _window.Recover(new StoreMessageId(8, 1, Id(5), 55), Durability.Power);
        _window.Recover(new StoreMessageId(9, 1, Id(6), 66), Durability.Power);

        Task<Receipt>? earlier = _window.Begin(1, Id(5), new TaskCompletionSource<Receipt>(), out _);
        (await earlier!).Should().Be(new Receipt(Id(5), 55, Durability.Power, IsDuplicate: false));
        _ = _window.Begin(1, Id(7), new TaskCompletionSource<Receipt>(), out long ordinal);
        ordinal.Should().Be(10, "the order goes on after the store's");
        IsFirst(1, 8).Should().BeTrue();
        IsFirst(1, 5).Should().BeTrue("it was the oldest of four");
    }

    [Fact]
    public async Task Enter_OfAScheduledMessage_AnswersWithItsNumberAndCannotBeCancelled()
    {
        MessageLog log = new(1, "orders", Durability.Memory, isStored: false, lastSequence: 0);
        var send = new TaskCompletionSource<Receipt>();
        _window.Begin(1, Id(1), send, out long ordinal, isScheduled: true).Should().BeNull();
        _window.OrdinalOfScheduled(1, Id(1)).Should().Be(ordinal);
        _window.OrdinalOfScheduled(2, Id(1)).Should().Be(0, "it is another log's");

        // Also before its sender has heard that it is scheduled.
        _window.Enter(log, Id(1), sequence: 7);

        _window.OrdinalOfScheduled(1, Id(1)).Should().Be(0);
        Task<Receipt>? earlier = _window.Begin(1, Id(1), new TaskCompletionSource<Receipt>(), out _);
        (await earlier!).Should().Be(new Receipt(Id(1), 7, Durability.Memory, IsDuplicate: false));
    }

    [Fact]
    public void OrdinalOfScheduled_OfAMessageSentAtOnce_IsNone()
    {
        _window.Begin(1, Id(1), new TaskCompletionSource<Receipt>(), out _);
        _window.Recover(new StoreMessageId(8, 1, Id(5), 0), Durability.Power, isScheduled: true);
        _window.Recover(new StoreMessageId(9, 1, Id(6), 66), Durability.Power);

        _window.OrdinalOfScheduled(1, Id(1)).Should().Be(0);
        _window.OrdinalOfScheduled(1, Id(5)).Should().Be(8);
        _window.OrdinalOfScheduled(1, Id(6)).Should().Be(0);
    }

    [Fact]
    public void Begin_WithDeduplicationOff_RemembersNothing()
    {
        var off = new DeduplicationWindow(0);

        off.Begin(1, Id(1), new TaskCompletionSource<Receipt>(), out _).Should().BeNull();
        off.Begin(1, Id(1), new TaskCompletionSource<Receipt>(), out long ordinal).Should().BeNull();
        ordinal.Should().Be(0);
    }

    private static MessageId Id(ulong low) => new(0, low);

    private bool IsFirst(int log, ulong id) => _window.Begin(log, Id(id), new TaskCompletionSource<Receipt>(), out _) is null;
}
