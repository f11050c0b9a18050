using Messaging.Logs;
using Messaging.Schedules;
using Messaging.Storage;
using Record = Messaging.Records.Record;

namespace Messaging.Engine.Tests.Schedules;

public sealed class ScheduleIndexTests
{
    private readonly ScheduleIndex _index = new(capacity: 3);
    private readonly MessageLog _memory = new(id: 1, "orders", Durability.Memory, isStored: false, lastSequence: 0);
    private readonly MessageLog _stored = new(id: 2, "bills", Durability.Process, isStored: true, lastSequence: 0);

    [Fact]
    public void Reserve_BeyondTheCapacity_IsRefusedAndReservesNothing()
    {
        Add(1, _memory);

        _index.Invoking(index => index.TryReserve([Id(2), Id(3), Id(4)], out _)).Should().Throw<QueueFullException>();

        _index.TryReserve([Id(2), Id(3)], out _).Should().BeTrue();
    }

    [Fact]
    public void Reserve_OneIdIsScheduled_ThrowsAndReservesNone()
    {
        Add(1, _memory);

        _index.Invoking(index => index.TryReserve([Id(2), Id(1)], out _)).Should().Throw<InvalidOperationException>();

        _index.TryReserve([Id(2)], out _).Should().BeTrue();
    }

    [Fact]
    public void Reserve_OneIdIsBeingCancelled_ReservesNoneUntilThatIsStored()
    {
        Add(1, _stored);
        _index.TryRemove(Id(1), out _, out TaskCompletionSource? cancel).Should().BeTrue();

        _index.TryReserve([Id(2), Id(1)], out Task? before).Should().BeFalse();
        before.Should().BeSameAs(cancel!.Task);
        _index.EndCancel(Id(1));

        _index.TryReserve([Id(2), Id(1)], out _).Should().BeTrue();
    }

    [Fact]
    public void Remove_MessageInMemory_NeedsNoCommit()
    {
        Add(1, _memory);

        _index.TryRemove(Id(1), out MessageLog log, out TaskCompletionSource? cancel).Should().BeTrue();

        (log, cancel).Should().Be((_memory, null));
        _index.CountFor(_memory).Should().Be(0);
    }

    [Fact]
    public void TakeDue_StoredMessage_IsKnownAndCountedUntilItsCommitIsPublished()
    {
        Add(1, _stored);

        List<ScheduledItem> inMemory = [];
        _index.TakeDue(now: 10, most: 5, inMemory, out bool mustRead, out bool isMore).Should().Be(long.MaxValue);
        (inMemory.Count, mustRead, isMore).Should().Be((0, true, false));
        _index.TakeTimeToRead().Should().Be(10);
        _index.Invoking(index => index.TryReserve([Id(1)], out _)).Should().Throw<InvalidOperationException>();

        _index.TryClaim(Id(1), out DueMessage? claimed).Should().BeTrue();
        claimed!.Log.Should().BeSameAs(_stored);
        (_index.Holds(Id(1), _stored), _index.CountFor(_stored)).Should().Be((true, 1));

        _index.EnterClaimed();
        (_index.Holds(Id(1), _stored), _index.CountFor(_stored)).Should().Be((false, 0));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void TakeMissing_WhatTheStoreDidNotGive_IsCountedAsDamagedOnce(bool forgets)
    {
        Add(1, _stored);
        Add(2, _stored);
        _index.TakeDue(now: 10, most: 5, [], out _, out _);
        ScheduledRecord[] found = [new(Id(2), _stored.Id, 10, default)];

        List<DueMessage> missing = _index.TakeMissing(due: 10, found, forgets);
        _index.TakeMissing(due: 10, found, forgets).Should().BeEmpty();

        missing.Should().ContainSingle().Which.Id.Should().Be(Id(1));
        (_index.CountFor(_stored), _index.CountDamagedFor(_stored)).Should().Be((1, 1));
        _index.Holds(Id(1), _stored).Should().Be(!forgets);
    }

    private static MessageId Id(ulong id) => new(0, id);

    private void Add(ulong id, MessageLog log) =>
        _index.Add(ScheduledItem.Of(Id(id), log, due: 10, new Record("body", sentAt: 1, extras: null)), isReserved: false);
}
