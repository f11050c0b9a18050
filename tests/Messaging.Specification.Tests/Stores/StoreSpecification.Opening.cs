using Messaging.Storage;

namespace Messaging.Specification.Tests.Stores;

public abstract partial class StoreSpecification
{
    [Fact]
    public void Open_NewStore_IsEmptyAndClean()
    {
        Contents.Epoch.Should().Be(1);
        Contents.ClosedCleanly.Should().BeTrue();
        Contents.Entries.Should().BeEmpty();
        Contents.LastSequences.Should().BeEmpty();
        Contents.Cursors.Should().BeEmpty();
        Contents.Scheduled.Should().BeEmpty();
        Contents.MessageIds.Should().BeEmpty();
    }

    [Fact]
    public async Task Open_Again_RaisesTheEpochAndKeepsTheId()
    {
        uint store = Contents.StoreId;
        for (uint epoch = 2; epoch < 6; epoch++)
        {
            StoreContents contents = await ReopenAsync();
            contents.Epoch.Should().Be(epoch);
            contents.StoreId.Should().Be(store);
        }
    }

    [Fact]
    public async Task Open_WhileOpen_IsRefused()
    {
        IMessageStore second = CreateStore();

        Func<Task> act = () => second.OpenAsync().AsTask();

        await act.Should().ThrowAsync<StoreInUseException>();
        await AppendAsync(1, 1, 1);
        (await ReadNumbersAsync(1, 1)).Should().Equal(1);
    }

    [Fact]
    public async Task Open_OfTheSameObjectTwice_IsRefused()
    {
        Func<Task> act = () => Store.OpenAsync().AsTask();

        await act.Should().ThrowAsync<StoreInUseException>();
    }

    [Fact]
    public async Task Open_Cancelled_StaysClosed()
    {
        await Store.DisposeAsync();
        IMessageStore store = CreateStore();

        Func<Task> act = () => store.OpenAsync(new CancellationToken(canceled: true)).AsTask();

        await act.Should().ThrowAsync<OperationCanceledException>();
        await ReopenAsync();
    }

    [Fact]
    public async Task Open_AfterClosingCommit_SaysClosedCleanly()
    {
        await AppendAsync(1, 1, 1);
        await CommitAsync(commit => commit.Closing = true);

        (await ReopenAsync()).ClosedCleanly.Should().BeTrue();
    }

    [Fact]
    public async Task Open_WithoutClosingCommit_SaysSo()
    {
        await CommitAsync(commit => commit.Closing = true);
        await ReopenAsync();
        await AppendAsync(1, 1, 1);

        (await ReopenAsync()).ClosedCleanly.Should().BeFalse();
    }

    [Fact]
    public async Task Open_CommitAfterClosingOne_IsNotClean()
    {
        await CommitAsync(commit => commit.Closing = true);
        await AppendAsync(1, 1, 1);

        (await ReopenAsync()).ClosedCleanly.Should().BeFalse();
    }

    [Fact]
    public async Task Open_Entries_ComeBackWithAllTheyWereDeclaredWith()
    {
        StoreEntry[] entries =
        [
            new(1, StoreEntryKind.Queue, "orders"),
            new(2, StoreEntryKind.Topic, "orders.eu"),
            new(3, StoreEntryKind.Subscription, "billing", "orders.#"),
            new(4, StoreEntryKind.DeadLetters, "billing", Owner: 3),
            new(5, StoreEntryKind.Redriven, "billing", Owner: 3),
        ];
        await CommitAsync(commit => commit.Declared.AddRange(entries));

        (await ReopenAsync()).Entries.Should().BeEquivalentTo(entries);
    }

    [Fact]
    public async Task Open_Records_AreThereWithTheirLastNumbers()
    {
        for (int i = 0; i < 40; i++)
        {
            await AppendAsync(1, (i * 100) + 1, 100, bytes: 2_000);
            await AppendAsync(2, i + 1, 1);
        }

        await AppendAsync(3, 500, 2);
        StoreContents contents = await ReopenAsync();

        contents.LastSequences.Should().BeEquivalentTo(new Dictionary<int, long> { [1] = 4_000, [2] = 40, [3] = 501 });
        (await ReadNumbersAsync(1, 1)).Should().Equal(Numbers(1, 4_000));
        (await ReadNumbersAsync(2, 1)).Should().Equal(Numbers(1, 40));
        await AppendAsync(2, 41, 1);
        (await ReadNumbersAsync(2, 40)).Should().Equal(40, 41);
    }

    [Fact]
    public async Task Open_ScheduledRecords_AreListedByDueTimeWithoutPayload()
    {
        await CommitAsync(commit => commit.Scheduled.AddRange(
        [
            new ScheduledRecord(Id(1), 1, 300, Text("c")),
            new ScheduledRecord(Id(2), 2, 100, Text("a")),
            new ScheduledRecord(Id(3), 1, 200, Text("b")),
        ]));

        StoreContents contents = await ReopenAsync();

        contents.Scheduled.Select(record => (record.MessageId, record.Log, record.DueTicks, record.Payload.Length))
            .Should().Equal((Id(2), 2, 100, 0), (Id(3), 1, 200, 0), (Id(1), 1, 300, 0));
        (await ReadScheduledAsync(1_000)).Select(record => Text(record.Payload)).Should().Equal("a", "b", "c");
    }

    [Fact]
    public async Task Open_MessageIds_ComeBackByOrdinal()
    {
        await CommitAsync(commit => commit.MessageIds.Add(new StoreMessageId(1, 1, Id(8), 10)));
        await CommitAsync(commit => commit.MessageIds.Add(new StoreMessageId(2, 2, Id(7), 0)));

        (await ReopenAsync()).MessageIds.Should().Equal(new StoreMessageId(1, 1, Id(8), 10), new StoreMessageId(2, 2, Id(7), 0));
    }

    [Fact]
    public async Task Dispose_Twice_IsFine()
    {
        await Store.DisposeAsync();
        await Store.DisposeAsync();
    }

    [Fact]
    public async Task Use_AfterDispose_Throws()
    {
        await Store.DisposeAsync();
        Func<Task>[] calls =
        [
            () => AppendAsync(1, 1, 1),
            () => ReadAsync(1, 1),
            () => ReadScheduledAsync(1),
            () => Store.MaintainAsync(idle: true).AsTask(),
        ];

        foreach (Func<Task> call in calls)
        {
            await call.Should().ThrowAsync<ObjectDisposedException>();
        }
    }
}
