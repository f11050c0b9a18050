using Messaging.Storage;

namespace Messaging.Testing.Stores.Cases;

/// <summary>What opening tells, whom it refuses, and what disposing ends.</summary>
internal static class OpeningCases
{
    private const string TellsAll = "OpenAsync tells what is there: the logs and subscriptions, the last sequence number of each log that holds records, "
        + "the cursors, the scheduled records without payloads, and the remembered ids in the order of their ordinals.";

    private const string OneOwner = "OpenAsync throws StoreInUseException if another broker has the store open.";

    private const string Clean = "StoreContents.ClosedCleanly tells whether the last commit was a Closing one, or the store is new.";

    private const string Epoch = "Each opening starts a new epoch, greater than every earlier one's, from 1; the store's id is drawn at its creation.";

    private const string Cancellation = "OpenAsync's token ends the attempt; the store stays closed.";

    private const string Disposing = "Disposing closes the store; calls after that throw ObjectDisposedException.";

    public static IEnumerable<StoreCase> All =>
    [
        new(TellsAll, Open_NewStore_IsEmptyAndClean),
        new(Epoch, Open_Again_RaisesTheEpochAndKeepsTheId, StoreNeeds.Reopening),
        new(OneOwner, Open_WhileOpen_IsRefused, StoreNeeds.Reopening),
        new(OneOwner, Open_OfTheSameObjectTwice_IsRefused),
        new(Cancellation, Open_Cancelled_StaysClosed),
        new(Clean, Open_AfterClosingCommit_SaysClosedCleanly, StoreNeeds.Reopening),
        new(Clean, Open_WithoutClosingCommit_SaysSo, StoreNeeds.Reopening),
        new(Clean, Open_CommitAfterClosingOne_IsNotClean, StoreNeeds.Reopening),
        new(TellsAll, Open_Entries_ComeBackWithAllTheyWereDeclaredWith, StoreNeeds.Reopening),
        new(TellsAll, Open_Records_AreThereWithTheirLastNumbers, StoreNeeds.Reopening),
        new(TellsAll, Open_ScheduledRecords_AreListedByDueTimeWithoutPayload, StoreNeeds.Reopening),
        new(TellsAll, Open_MessageIds_ComeBackByOrdinal, StoreNeeds.Reopening),
        new(Disposing, Dispose_Twice_IsFine),
        new(Disposing, Use_AfterDispose_Throws),
    ];

    private static Task Open_NewStore_IsEmptyAndClean(StoreUnderTest store)
    {
        Expect.Equal(1u, store.Contents.Epoch, "a new store's epoch");
        Expect.Equal(true, store.Contents.ClosedCleanly, "a new store's ClosedCleanly");
        Expect.Empty(store.Contents.Entries, "a new store's entries");
        Expect.Empty(store.Contents.LastSequences, "a new store's last sequence numbers");
        Expect.Empty(store.Contents.Cursors, "a new store's cursors");
        Expect.Empty(store.Contents.Scheduled, "a new store's scheduled records");
        Expect.Empty(store.Contents.MessageIds, "a new store's remembered ids");
        return Task.CompletedTask;
    }

    private static async Task Open_Again_RaisesTheEpochAndKeepsTheId(StoreUnderTest store)
    {
        uint id = store.Contents.StoreId;
        for (uint epoch = 2; epoch < 6; epoch++)
        {
            StoreContents contents = await store.ReopenAsync().ConfigureAwait(false);
            Expect.Equal(epoch, contents.Epoch, $"the epoch of opening {epoch}");
            Expect.Equal(id, contents.StoreId, "the store's id");
        }
    }

    private static async Task Open_WhileOpen_IsRefused(StoreUnderTest store)
    {
        IMessageStore second = store.Another();

        await Expect.ThrowsAsync<StoreInUseException>(() => second.OpenAsync().AsTask(), "a second opening").ConfigureAwait(false);

        await store.AppendAsync(1, 1, 1).ConfigureAwait(false);
        await store.ExpectNumbersAsync([1], 1, 1).ConfigureAwait(false);
    }

    private static Task Open_OfTheSameObjectTwice_IsRefused(StoreUnderTest store) =>
        Expect.ThrowsAsync<StoreInUseException>(() => store.Store.OpenAsync().AsTask(), "a second opening of the same object");

    private static async Task Open_Cancelled_StaysClosed(StoreUnderTest store)
    {
        await store.Store.DisposeAsync().ConfigureAwait(false);
        IMessageStore cancelled = store.Another();

        await Expect.ThrowsAsync<OperationCanceledException>(
            () => cancelled.OpenAsync(new CancellationToken(canceled: true)).AsTask(), "a cancelled opening").ConfigureAwait(false);

        await store.ReopenAsync().ConfigureAwait(false);
    }

    private static async Task Open_AfterClosingCommit_SaysClosedCleanly(StoreUnderTest store)
    {
        await store.AppendAsync(1, 1, 1).ConfigureAwait(false);
        await store.CommitAsync(commit => commit.Closing = true).ConfigureAwait(false);

        StoreContents contents = await store.ReopenAsync().ConfigureAwait(false);
        Expect.Equal(true, contents.ClosedCleanly, "ClosedCleanly after a Closing commit");
    }

    private static async Task Open_WithoutClosingCommit_SaysSo(StoreUnderTest store)
    {
        await store.CommitAsync(commit => commit.Closing = true).ConfigureAwait(false);
        await store.ReopenAsync().ConfigureAwait(false);
        await store.AppendAsync(1, 1, 1).ConfigureAwait(false);

        StoreContents contents = await store.ReopenAsync().ConfigureAwait(false);
        Expect.Equal(false, contents.ClosedCleanly, "ClosedCleanly after an opening without a Closing commit");
    }

    private static async Task Open_CommitAfterClosingOne_IsNotClean(StoreUnderTest store)
    {
        await store.CommitAsync(commit => commit.Closing = true).ConfigureAwait(false);
        await store.AppendAsync(1, 1, 1).ConfigureAwait(false);

        StoreContents contents = await store.ReopenAsync().ConfigureAwait(false);
        Expect.Equal(false, contents.ClosedCleanly, "ClosedCleanly after a commit behind a Closing one");
    }

    private static async Task Open_Entries_ComeBackWithAllTheyWereDeclaredWith(StoreUnderTest store)
    {
        StoreEntry[] entries =
        [
            new(1, StoreEntryKind.Queue, "orders"),
            new(2, StoreEntryKind.Topic, "orders.eu"),
            new(3, StoreEntryKind.Subscription, "billing", "orders.#"),
            new(4, StoreEntryKind.DeadLetters, "billing", Owner: 3),
            new(5, StoreEntryKind.Redriven, "billing", Owner: 3),
        ];
        await store.CommitAsync(commit => commit.Declared.AddRange(entries)).ConfigureAwait(false);

        StoreContents contents = await store.ReopenAsync().ConfigureAwait(false);
        Expect.SameItems(entries, contents.Entries, "the entries");
    }

    private static async Task Open_Records_AreThereWithTheirLastNumbers(StoreUnderTest store)
    {
        for (int i = 0; i < 40; i++)
        {
            await store.AppendAsync(1, (i * 100) + 1, 100, bytes: 2_000).ConfigureAwait(false);
            await store.AppendAsync(2, i + 1, 1).ConfigureAwait(false);
        }

        await store.AppendAsync(3, 500, 2).ConfigureAwait(false);
        StoreContents contents = await store.ReopenAsync().ConfigureAwait(false);

        Expect.SameItems(
            new Dictionary<int, long> { [1] = 4_000, [2] = 40, [3] = 501 }, contents.LastSequences, "the last sequence numbers of the logs");
        await store.ExpectNumbersAsync(Given.Numbers(1, 4_000), 1, 1).ConfigureAwait(false);
        await store.ExpectNumbersAsync(Given.Numbers(1, 40), 2, 1).ConfigureAwait(false);
        await store.AppendAsync(2, 41, 1).ConfigureAwait(false);
        await store.ExpectNumbersAsync([40, 41], 2, 40).ConfigureAwait(false);
    }

    private static async Task Open_ScheduledRecords_AreListedByDueTimeWithoutPayload(StoreUnderTest store)
    {
        await store.CommitAsync(commit => commit.Scheduled.AddRange(
        [
            new ScheduledRecord(Given.Id(1), 1, 300, Given.Text("c")),
            new ScheduledRecord(Given.Id(2), 2, 100, Given.Text("a")),
            new ScheduledRecord(Given.Id(3), 1, 200, Given.Text("b")),
        ])).ConfigureAwait(false);

        StoreContents contents = await store.ReopenAsync().ConfigureAwait(false);

        Expect.SameSequence(
            [(Given.Id(2), 2, 100, 0), (Given.Id(3), 1, 200, 0), (Given.Id(1), 1, 300, 0)],
            contents.Scheduled.Select(record => (record.MessageId, record.Log, record.DueTicks, record.Payload.Length)),
            "the scheduled records at opening (id, log, due, bytes)");
        Expect.SameSequence(
            ["a", "b", "c"],
            (await store.ReadScheduledAsync(1_000).ConfigureAwait(false)).Select(record => Given.Text(record.Payload)),
            "the payloads of the scheduled records");
    }

    private static async Task Open_MessageIds_ComeBackByOrdinal(StoreUnderTest store)
    {
        var first = new StoreMessageId(1, 1, Given.Id(8), 10);
        var second = new StoreMessageId(2, 2, Given.Id(7), 0);
        await store.CommitAsync(commit => commit.MessageIds.Add(first)).ConfigureAwait(false);
        await store.CommitAsync(commit => commit.MessageIds.Add(second)).ConfigureAwait(false);

        Expect.SameSequence([first, second], (await store.ReopenAsync().ConfigureAwait(false)).MessageIds, "the remembered ids");
    }

    private static async Task Dispose_Twice_IsFine(StoreUnderTest store)
    {
        await store.Store.DisposeAsync().ConfigureAwait(false);
        await store.Store.DisposeAsync().ConfigureAwait(false);
    }

    private static async Task Use_AfterDispose_Throws(StoreUnderTest store)
    {
        await store.Store.DisposeAsync().ConfigureAwait(false);

        await Expect.ThrowsAsync<ObjectDisposedException>(() => store.AppendAsync(1, 1, 1), "a commit after disposing").ConfigureAwait(false);
        await Expect.ThrowsAsync<ObjectDisposedException>(() => store.ReadAsync(1, 1), "a read after disposing").ConfigureAwait(false);
        await Expect.ThrowsAsync<ObjectDisposedException>(() => store.ReadScheduledAsync(1), "a read of scheduled records after disposing")
            .ConfigureAwait(false);
        await Expect.ThrowsAsync<ObjectDisposedException>(() => store.Store.MaintainAsync(idle: true).AsTask(), "upkeep after disposing")
            .ConfigureAwait(false);
    }
}
