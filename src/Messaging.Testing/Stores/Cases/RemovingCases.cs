using Messaging.Storage;

namespace Messaging.Testing.Stores.Cases;

/// <summary>What goes with a log or a subscription that is removed.</summary>
internal static class RemovingCases
{
    private const string WithAll = "Removed names the logs and subscriptions that go, with all their records and cursors.";

    private const string Again = "The number of an entry is never given twice while the entry exists, and may be given again when it is gone.";

    public static IEnumerable<StoreCase> All =>
    [
        new(WithAll, Removed_Log_GoesWithAllThatBelongsToIt, StoreNeeds.Reopening),
        new(WithAll, Removed_Subscription_LosesItsCursorsAndNoRecords, StoreNeeds.Reopening),
        new(Again, Removed_IdGivenAgain_StartsEmpty, StoreNeeds.Reopening),
    ];

    private static async Task Removed_Log_GoesWithAllThatBelongsToIt(StoreUnderTest store)
    {
        await store.CommitAsync(commit =>
        {
            commit.Declared.AddRange([new StoreEntry(1, StoreEntryKind.Queue, "one"), new StoreEntry(2, StoreEntryKind.Queue, "two")]);
            commit.Appends.AddRange(Given.Records(1, 1, 10));
            commit.Appends.AddRange(Given.Records(2, 1, 10));
            commit.Cursors.AddRange(
                [new StoreCursor(1, 1, Given.Text("1")), new StoreCursor(2, 2, Given.Text("2")), new StoreCursor(2, 1, Given.Text("3"))]);
            commit.Scheduled.AddRange([new ScheduledRecord(Given.Id(1), 1, 1, default), new ScheduledRecord(Given.Id(2), 2, 2, default)]);
        }).ConfigureAwait(false);

        await store.CommitAsync(commit => commit.Removed.Add(1)).ConfigureAwait(false);

        await store.ExpectNumbersAsync([], 1, 1).ConfigureAwait(false);
        await store.ExpectNumbersAsync(Given.Numbers(1, 10), 2, 1).ConfigureAwait(false);
        StoreContents contents = await store.ReopenAsync().ConfigureAwait(false);
        Expect.SameSequence(["two"], contents.Entries.Select(entry => entry.Name), "the names of the entries that are left");
        Expect.SameSequence([2], contents.Cursors.Select(cursor => cursor.Log), "the logs of the cursors that are left");
        Expect.SameSequence([2], contents.Scheduled.Select(record => record.Log), "the logs of the scheduled records that are left");
        Expect.SameSequence([2], contents.LastSequences.Keys, "the logs that have a last sequence number");
    }

    private static async Task Removed_Subscription_LosesItsCursorsAndNoRecords(StoreUnderTest store)
    {
        await store.CommitAsync(commit =>
        {
            commit.Declared.AddRange([new StoreEntry(1, StoreEntryKind.Topic, "topic"), new StoreEntry(2, StoreEntryKind.Subscription, "sub", "#")]);
            commit.Appends.AddRange(Given.Records(1, 1, 10));
            commit.Cursors.Add(new StoreCursor(2, 1, Given.Text("2")));
        }).ConfigureAwait(false);

        await store.CommitAsync(commit => commit.Removed.Add(2)).ConfigureAwait(false);

        StoreContents contents = await store.ReopenAsync().ConfigureAwait(false);
        Expect.Empty(contents.Cursors.Select(cursor => cursor.Subscription), "the subscriptions that have cursors");
        await store.ExpectNumbersAsync(Given.Numbers(1, 10), 1, 1).ConfigureAwait(false);
    }

    private static async Task Removed_IdGivenAgain_StartsEmpty(StoreUnderTest store)
    {
        for (int round = 0; round < 3; round++)
        {
            for (int i = 0; i < 10; i++)
            {
                await store.AppendAsync(1, (i * 50) + 1, 50, bytes: 10_000).ConfigureAwait(false);
                await store.AppendAsync(2, (round * 10) + i + 1, 1).ConfigureAwait(false);
            }

            await store.CommitAsync(commit => commit.Removed.Add(1)).ConfigureAwait(false);
            await store.ExpectNumbersAsync([], 1, 1).ConfigureAwait(false);
            await store.AppendAsync(1, 1, 3).ConfigureAwait(false);
            await store.ExpectNumbersAsync([1, 2, 3], 1, 1).ConfigureAwait(false);
            StoreContents contents = await store.ReopenAsync().ConfigureAwait(false);
            Expect.Equal(3, contents.LastSequences.GetValueOrDefault(1), "the last sequence number of the log whose number was given again");
            await store.ExpectNumbersAsync([1, 2, 3], 1, 1).ConfigureAwait(false);
            await store.CommitAsync(commit => commit.Removed.Add(1)).ConfigureAwait(false);
        }

        await store.ExpectNumbersAsync(Given.Numbers(1, 30), 2, 1).ConfigureAwait(false);
    }
}
