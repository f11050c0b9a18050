using Messaging.Storage;

namespace Messaging.Testing.Stores.Cases;

/// <summary>What a commit stores, whole or not at all: records, cursors, remembered ids.</summary>
internal static class CommittingCases
{
    private const string Whole = "CommitAsync makes a commit durable, whole or not at all; what the contract does not allow may throw, and changes nothing.";

    private const string Nothing = "An empty commit has nothing to store.";

    private const string Cancellation = "CommitAsync's token is observed before the commit begins, never during it.";

    private const string Borrowed = "A commit belongs to its caller again when the task completes.";

    private const string Cursors = "Each cursor of a commit replaces the one of the same subscription and log.";

    private const string Forgetting = "ForgetBelow names the ordinal below which remembered ids are forgotten.";

    private const string ForgettingOne = "Forgotten names the ordinals of remembered ids that are forgotten.";

    private const string Replacing = "Each id to remember replaces the one of its ordinal.";

    public static IEnumerable<StoreCase> All =>
    [
        new(Nothing, Commit_Empty_ChangesNothing, StoreNeeds.Reopening),
        new(Cancellation, Commit_CancelledBefore_StoresNothing),
        new(Borrowed, Commit_BuffersOfTheCaller_MayBeUsedAgain, StoreNeeds.Reopening),
        new(Whole, Commit_RecordThatDoesNotFollow_IsRefusedWhole, StoreNeeds.Reopening),
        new(Cursors, Cursor_WrittenAgain_ReplacesTheOneOfTheSameSubscriptionAndLog, StoreNeeds.Reopening),
        new(Cursors, Cursor_NewAndEmptyOrOfTheSameLength_StandsBesideTheOthers, StoreNeeds.Reopening),
        new(Cursors, Cursors_OfAThousandSubscriptions_AllStay, StoreNeeds.Reopening),
        new(Forgetting, MessageIds_BelowTheOrdinal_AreForgotten, StoreNeeds.Reopening),
        new(ForgettingOne, MessageIds_NamedAsForgotten_AreGone, StoreNeeds.Reopening),
        new(Replacing, MessageIds_OfAnOrdinalThatIsThere_ReplaceIt, StoreNeeds.Reopening),
    ];

    private static async Task Commit_Empty_ChangesNothing(StoreUnderTest store)
    {
        await store.CommitAsync(_ => { }).ConfigureAwait(false);

        StoreContents contents = await store.ReopenAsync().ConfigureAwait(false);

        Expect.Empty(contents.Entries, "the entries");
        Expect.Empty(contents.LastSequences, "the last sequence numbers");
    }

    private static async Task Commit_CancelledBefore_StoresNothing(StoreUnderTest store)
    {
        var commit = new StoreCommit();
        commit.Appends.AddRange(Given.Records(1, 1, 1));

        await Expect.ThrowsAsync<OperationCanceledException>(
            () => store.Store.CommitAsync(commit, new CancellationToken(canceled: true)).AsTask(), "a cancelled commit").ConfigureAwait(false);

        await store.ExpectNumbersAsync([], 1, 1).ConfigureAwait(false);
    }

    private static async Task Commit_BuffersOfTheCaller_MayBeUsedAgain(StoreUnderTest store)
    {
        byte[] record = Given.Text("record");
        byte[] state = Given.Text("state");
        byte[] later = Given.Text("later");
        await store.CommitAsync(commit =>
        {
            commit.Appends.Add(new StoreAppend(1, 1, record));
            commit.Cursors.Add(new StoreCursor(1, 1, state));
            commit.Scheduled.Add(new ScheduledRecord(Given.Id(1), 1, 5, later));
        }).ConfigureAwait(false);

        record.AsSpan().Clear();
        state.AsSpan().Clear();
        later.AsSpan().Clear();

        Expect.SameSequence(
            ["record"], (await store.ReadAsync(1, 1).ConfigureAwait(false)).Select(found => Given.Text(found.Payload)), "a record whose buffer was cleared");
        Expect.SameSequence(
            ["later"],
            (await store.ReadScheduledAsync(5).ConfigureAwait(false)).Select(found => Given.Text(found.Payload)),
            "a scheduled record whose buffer was cleared");
        StoreContents contents = await store.ReopenAsync().ConfigureAwait(false);
        Expect.SameSequence(["state"], contents.Cursors.Select(cursor => Given.Text(cursor.State)), "a cursor whose buffer was cleared");
    }

    private static async Task Commit_RecordThatDoesNotFollow_IsRefusedWhole(StoreUnderTest store)
    {
        await store.AppendAsync(1, 1, 5).ConfigureAwait(false);

        await Expect.ThrowsAsync<ArgumentException>(
            () => store.CommitAsync(commit =>
            {
                commit.Declared.Add(new StoreEntry(9, StoreEntryKind.Queue, "nine"));
                commit.Appends.AddRange(Given.Records(2, 1, 1));
                commit.Appends.AddRange(Given.Records(1, 5, 1));
                commit.Cursors.Add(new StoreCursor(9, 9, Given.Text("nine")));
            }),
            "a commit with record 5 behind record 5").ConfigureAwait(false);

        await store.ExpectNumbersAsync([], 2, 1).ConfigureAwait(false);
        await store.AppendAsync(1, 6, 1).ConfigureAwait(false);
        StoreContents contents = await store.ReopenAsync().ConfigureAwait(false);
        Expect.Empty(contents.Entries, "the entries, of which a refused commit had one");
        Expect.Empty(contents.Cursors.Select(cursor => cursor.Subscription), "the cursors, of which a refused commit had one");
        Expect.SameItems(new Dictionary<int, long> { [1] = 6 }, contents.LastSequences, "the last sequence numbers");
    }

    private static async Task Cursor_WrittenAgain_ReplacesTheOneOfTheSameSubscriptionAndLog(StoreUnderTest store)
    {
        await store.CommitAsync(commit => commit.Cursors.AddRange(
            [new StoreCursor(1, 1, Given.Text("a")), new StoreCursor(1, 2, Given.Text("b")), new StoreCursor(300, 1, Given.Text("c"))])).ConfigureAwait(false);
        await store.CommitAsync(commit => commit.Cursors.AddRange(
            [new StoreCursor(1, 1, Given.Text("longer")), new StoreCursor(1, 2, default)])).ConfigureAwait(false);

        StoreContents contents = await store.ReopenAsync().ConfigureAwait(false);

        Expect.SameItems(
            [(1, 1, "longer"), (1, 2, ""), (300, 1, "c")],
            contents.Cursors.Select(cursor => (cursor.Subscription, cursor.Log, Given.Text(cursor.State))),
            "the cursors (subscription, log, state)");
    }

    private static async Task Cursor_NewAndEmptyOrOfTheSameLength_StandsBesideTheOthers(StoreUnderTest store)
    {
        await store.CommitAsync(commit => commit.Cursors.AddRange(
            [new StoreCursor(1, 1, Given.Text("abc")), new StoreCursor(2, 2, Given.Text("def"))])).ConfigureAwait(false);
        await store.CommitAsync(commit => commit.Cursors.AddRange(
            [new StoreCursor(3, 3, default), new StoreCursor(1, 1, Given.Text("xyz"))])).ConfigureAwait(false);

        StoreContents contents = await store.ReopenAsync().ConfigureAwait(false);

        Expect.SameItems(
            [(1, "xyz"), (2, "def"), (3, "")],
            contents.Cursors.Select(cursor => (cursor.Subscription, Given.Text(cursor.State))),
            "the cursors (subscription, state)");
    }

    private static async Task Cursors_OfAThousandSubscriptions_AllStay(StoreUnderTest store)
    {
        await store.CommitAsync(commit => commit.Cursors.AddRange(
            Enumerable.Range(1, 1_000).Select(i => new StoreCursor(i, i, Given.Text($"first {i}"))))).ConfigureAwait(false);
        await store.CommitAsync(commit => commit.Cursors.AddRange(
            Enumerable.Range(1, 1_000).Where(i => i % 100 == 0).Select(i => new StoreCursor(i, i, Given.Text($"second {i}"))))).ConfigureAwait(false);

        StoreContents contents = await store.ReopenAsync().ConfigureAwait(false);

        Expect.SameItems(
            Enumerable.Range(1, 1_000).Select(i => (i, i % 100 == 0 ? $"second {i}" : $"first {i}")),
            contents.Cursors.Select(cursor => (cursor.Subscription, Given.Text(cursor.State))),
            "the cursors (subscription, state)");
    }

    private static async Task MessageIds_NamedAsForgotten_AreGone(StoreUnderTest store)
    {
        StoreMessageId[] ids = [.. Enumerable.Range(1, 5).Select(i => new StoreMessageId(i, 1, Given.Id((ulong)i), i))];
        await store.CommitAsync(commit => commit.MessageIds.AddRange(ids)).ConfigureAwait(false);

        // Also one that is not there, and one that comes with the same commit.
        var coming = new StoreMessageId(6, 1, Given.Id(6), 6);
        await store.CommitAsync(commit =>
        {
            commit.Forgotten.AddRange([2, 4, 6, 77]);
            commit.MessageIds.Add(coming);
        }).ConfigureAwait(false);

        StoreContents contents = await store.ReopenAsync().ConfigureAwait(false);
        Expect.SameSequence([ids[0], ids[2], ids[4]], contents.MessageIds, "the remembered ids");
    }

    private static async Task MessageIds_OfAnOrdinalThatIsThere_ReplaceIt(StoreUnderTest store)
    {
        var scheduled = new StoreMessageId(1, 1, Given.Id(1), 0);
        var other = new StoreMessageId(2, 1, Given.Id(2), 1);
        await store.CommitAsync(commit => commit.MessageIds.AddRange([scheduled, other])).ConfigureAwait(false);

        StoreMessageId entered = scheduled with { Sequence = 2 };
        await store.CommitAsync(commit => commit.MessageIds.Add(entered)).ConfigureAwait(false);

        StoreContents contents = await store.ReopenAsync().ConfigureAwait(false);
        Expect.SameSequence([entered, other], contents.MessageIds, "the remembered ids");
    }

    private static async Task MessageIds_BelowTheOrdinal_AreForgotten(StoreUnderTest store)
    {
        StoreMessageId[] ids = [.. Enumerable.Range(1, 100).Select(i => new StoreMessageId(i, 3, Given.Id((ulong)i), i * 10))];
        await store.CommitAsync(commit => commit.MessageIds.AddRange(ids)).ConfigureAwait(false);

        await store.CommitAsync(commit => commit.ForgetBelow = 91).ConfigureAwait(false);

        StoreContents contents = await store.ReopenAsync().ConfigureAwait(false);
        Expect.SameSequence(ids[90..], contents.MessageIds, "the remembered ids");
    }
}
