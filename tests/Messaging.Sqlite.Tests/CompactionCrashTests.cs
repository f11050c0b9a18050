using Messaging.Storage;
using Messaging.TestSupport;

namespace Messaging.Sqlite.Tests;

/// <summary>What a death between any two transactions of compaction leaves. SQLite makes each of them whole or not at all.</summary>
public sealed class CompactionCrashTests : IDisposable
{
    private const int Commits = 160;
    private const int RecordsACommit = 60;
    private const int Needed = 50;

    private readonly StoreFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Store_CopiedAfterEachSliceOfCompaction_HoldsEachNeededRecordOnceAndInOrder()
    {
        await using SqliteMessageStore store = await _folder.OpenAsync(new SqliteStoreOptions { GarbageLeft = 0 });
        await FillAsync(store);
        long before = BytesOfBatches();
        List<long> needed = [.. Enumerable.Range(1, Commits * RecordsACommit).Where(static n => n % Needed == 0).Select(static n => (long)n)];

        await StoreFolder.CommitAsync(store, commit => commit.Trims.AddRange(
            Enumerable.Range(0, Commits * RecordsACommit / Needed).Select(static i => new StoreTrim(1, (i * Needed) + 1, (i + 1) * Needed))));
        var sizes = new List<long> { before };
        for (int slice = 0; slice < 40; slice++)
        {
            await store.MaintainAsync(idle: false);
            await VerifyCopyAsync(needed);
            sizes.Add(BytesOfBatches());
        }

        sizes.Should().BeInDescendingOrder();
        sizes.Distinct().Count().Should().BeGreaterThan(2, "more than one segment was rewritten");
        sizes[^1].Should().BeLessThan(before / 2);
    }

    private static async Task FillAsync(SqliteMessageStore store)
    {
        for (int i = 0; i < Commits; i++)
        {
            int first = (i * RecordsACommit) + 1;
            await StoreFolder.CommitAsync(store, commit => commit.Appends.AddRange(
                Enumerable.Range(first, RecordsACommit).Select(static n => new StoreAppend(1, n, Body(n)))));

            // Each takes as many slices as keep step with what was appended: one at least.
            await store.MaintainAsync(idle: false);
        }
    }

    private static byte[] Body(long number)
    {
        byte[] body = new byte[1_000];
        Array.Fill(body, (byte)number);
        return body;
    }

    private async Task VerifyCopyAsync(List<long> needed)
    {
        using var copy = new TemporaryFolder();
        string path = copy.File("store.db");
        foreach (string end in (string[])["", "-wal"])
        {
            File.Copy(_folder.Path + end, path + end);
        }

        await using var store = new SqliteMessageStore(path, new SqliteStoreOptions { CheckOnOpen = SqliteStoreCheck.Full });
        StoreContents contents = await store.OpenAsync();
        contents.Damage.Should().BeEmpty();
        var records = new List<StoreRecord>();
        await store.ReadAsync(new StoreRange(1, 1, int.MaxValue, int.MaxValue), records);
        records.ConvertAll(static record => record.Sequence).Should().BeInAscendingOrder().And.OnlyHaveUniqueItems();
        records.Where(static record => record.Sequence % Needed == 0).Select(static record => record.Sequence).Should().Equal(needed);
        records.TrueForAll(static record => record.Payload.Span.SequenceEqual(Body(record.Sequence))).Should().BeTrue("no body was changed");
    }

    private long BytesOfBatches() => _folder.Scalar("SELECT sum(length(body)) FROM batch");
}
