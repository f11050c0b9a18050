using Messaging.Storage;

namespace Messaging.Testing.Stores.Cases;

/// <summary>What a copy holds, and where none is written.</summary>
internal static class BackupCases
{
    private const string Copies = "BackupAsync writes a copy that can be opened as a store, with all that was committed before the call, and at most what "
        + "is committed until it ends; commits and reads go on meanwhile.";

    private const string NewFile = "BackupAsync's path names a file that is not there yet. StoreException: the copy cannot be written there; nothing is left of it.";

    private const string Cancellation = "BackupAsync's token ends the attempt; nothing is left of it.";

    private const string Unable = "BackupAsync throws NotSupportedException where the store is not able to.";

    public static IEnumerable<StoreCase> All =>
    [
        new(Copies, Backup_BesideCommits_HoldsWhatWasThere, StoreNeeds.Backup),
        new(NewFile, Backup_WhereAFileIs_IsRefusedAndLeavesIt, StoreNeeds.Backup),
        new(Cancellation, Backup_Cancelled_LeavesNothing, StoreNeeds.Backup),
        new(Unable, Backup_NotPromised_IsRefused, StoreNeeds.NoBackup),
    ];

    private static Task Backup_BesideCommits_HoldsWhatWasThere(StoreUnderTest store) => InFolderAsync(async folder =>
    {
        string path = Path.Combine(folder, "copy");
        await store.CommitAsync(commit =>
        {
            commit.Declared.Add(new StoreEntry(1, StoreEntryKind.Queue, "one"));
            commit.Cursors.Add(new StoreCursor(1, 1, Given.Text("state")));
        }).ConfigureAwait(false);
        await store.AppendAsync(1, 1, 100).ConfigureAwait(false);

        Task backup = store.Store.BackupAsync(path).AsTask();
        long last = 100;
        while (last < 1_000 || !backup.IsCompleted)
        {
            await store.AppendAsync(1, last + 1, 10).ConfigureAwait(false);
            last += 10;
        }

        await backup.ConfigureAwait(false);
        Expect.That(File.Exists(path), "the copy", "a file", "none");
        await store.ExpectNumbersAsync(Given.Numbers(1, last), 1, 1).ConfigureAwait(false);
        if (store.Copy(path) is { } copy)
        {
            await using (copy.ConfigureAwait(false))
            {
                await VerifyAsync(copy, last).ConfigureAwait(false);
            }
        }
    });

    private static async Task VerifyAsync(IMessageStore copy, long last)
    {
        StoreContents contents = await copy.OpenAsync().ConfigureAwait(false);
        Expect.SameSequence(["one"], contents.Entries.Select(entry => entry.Name), "the names of the copy's entries");
        Expect.SameSequence(["state"], contents.Cursors.Select(cursor => Given.Text(cursor.State)), "the copy's cursors");
        var records = new List<StoreRecord>();
        await copy.ReadAsync(new StoreRange(1, 1, int.MaxValue, int.MaxValue), records).ConfigureAwait(false);
        long copied = records.Count == 0 ? 0 : records[^1].Sequence;
        Expect.That(copied >= 100 && copied <= last && copied % 10 == 0, "the copy's last record", $"that of a commit from 100 to {last}", $"{copied}");
        Expect.SameSequence(Given.Numbers(1, copied), records.Select(record => record.Sequence), "the copy's records");
        Expect.OwnBytes(1, Given.Bytes, records);
    }

    private static Task Backup_WhereAFileIs_IsRefusedAndLeavesIt(StoreUnderTest store) => InFolderAsync(async folder =>
    {
        string path = Path.Combine(folder, "taken");
        await File.WriteAllTextAsync(path, "somebody's").ConfigureAwait(false);
        await store.AppendAsync(1, 1, 1).ConfigureAwait(false);

        await Expect.ThrowsAsync<StoreException>(() => store.Store.BackupAsync(path).AsTask(), "a copy over a file").ConfigureAwait(false);

        Expect.Equal("somebody's", await File.ReadAllTextAsync(path).ConfigureAwait(false), "the file that was there");
        Expect.SameSequence([path], Directory.EnumerateFileSystemEntries(folder), "what lies in the folder");
    });

    private static Task Backup_Cancelled_LeavesNothing(StoreUnderTest store) => InFolderAsync(async folder =>
    {
        await store.AppendAsync(1, 1, 1).ConfigureAwait(false);

        await Expect.ThrowsAsync<OperationCanceledException>(
            () => store.Store.BackupAsync(Path.Combine(folder, "copy"), new CancellationToken(canceled: true)).AsTask(), "a cancelled copy").ConfigureAwait(false);

        Expect.Empty(Directory.EnumerateFileSystemEntries(folder), "what lies in the folder");
        await store.AppendAsync(1, 2, 1).ConfigureAwait(false);
    });

    private static Task Backup_NotPromised_IsRefused(StoreUnderTest store) => InFolderAsync(async folder =>
    {
        await Expect.ThrowsAsync<NotSupportedException>(
            async () => await store.Store.BackupAsync(Path.Combine(folder, "copy")).ConfigureAwait(false), "a copy by a store that cannot write one").ConfigureAwait(false);

        Expect.Empty(Directory.EnumerateFileSystemEntries(folder), "what lies in the folder");
    });

    private static async Task InFolderAsync(Func<string, Task> body)
    {
        string folder = Directory.CreateTempSubdirectory("messaging-copy-").FullName;
        try
        {
            await body(folder).ConfigureAwait(false);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
