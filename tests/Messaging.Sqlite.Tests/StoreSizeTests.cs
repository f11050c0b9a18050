using System.Diagnostics;
using Messaging.Storage;

namespace Messaging.Sqlite.Tests;

public sealed class StoreSizeTests : IDisposable
{
    private const long MiB = 1 << 20;

    private readonly StoreFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private long FileLength => new FileInfo(_folder.Path).Length;

    private long LogLength => new FileInfo(_folder.Path + "-wal").Length;

    [Fact]
    public async Task File_WhenEverythingIsConsumed_StaysSmall()
    {
        await using SqliteMessageStore store = await _folder.OpenAsync();
        for (long i = 0; i < 300_000; i += 1_000)
        {
            long first = i + 1;
            await StoreFolder.CommitAsync(store, commit =>
            {
                commit.Trims.Add(new StoreTrim(1, 0, first));
                commit.Appends.AddRange(Enumerable.Range(0, 1_000).Select(n => new StoreAppend(1, first + n, new byte[100])));
            });
            await store.MaintainAsync(idle: false);
        }

        FileLength.Should().BeLessThan(1 * MiB);
        LogLength.Should().BeLessThan(8 * MiB);
        await store.DisposeAsync();
        _folder.Count("batch").Should().BeLessThan(5);
        _folder.Count("segment").Should().Be(0);
    }

    [Fact]
    public async Task File_BehindOneWaitingRecord_StaysSmall()
    {
        await using SqliteMessageStore store = await _folder.OpenAsync();
        await StoreFolder.AppendAsync(store, 2, 1, 1);
        for (long i = 0; i < 300_000; i += 1_000)
        {
            await StoreFolder.AppendAsync(store, 1, i + 1, 1_000);
            await StoreFolder.TrimAsync(store, 1, i + 1_001);
            await store.MaintainAsync(idle: false);
        }

        FileLength.Should().BeLessThan(1 * MiB);
        (await StoreFolder.ReadAsync(store, 2, 1)).Should().Equal(1);
    }

    [Fact]
    public async Task File_WithEveryThousandthRecordWaiting_HoldsLittleElse()
    {
        await using SqliteMessageStore store = await _folder.OpenAsync();
        for (int i = 0; i < 500; i++)
        {
            int round = i;
            await StoreFolder.CommitAsync(store, commit =>
            {
                commit.Trims.Add(new StoreTrim(1, 0, (round * 1_000) + 1));
                commit.Appends.AddRange(Enumerable.Range(1, 1_000).Select(n => new StoreAppend(1, (round * 1_000) + n, new byte[100])));
                commit.Appends.Add(new StoreAppend(2, round + 1, BitConverter.GetBytes(round)));
            });
            await store.MaintainAsync(idle: false);
        }

        FileLength.Should().BeLessThan(12 * MiB);
        var output = new List<StoreRecord>();
        await store.ReadAsync(new StoreRange(2, 1, 1_000, int.MaxValue), output);
        output.Select(record => BitConverter.ToInt32(record.Payload.Span)).Should().Equal(Enumerable.Range(0, 500));
        (await StoreFolder.ReadAsync(store, 1, 499_001)).Should().HaveCount(1_000);
        await store.DisposeAsync();
        await using SqliteMessageStore again = await _folder.OpenAsync();
        (await StoreFolder.ReadAsync(again, 2, 1)).Should().HaveCount(500);
    }

    [Fact]
    public async Task Log_WithoutIdleTime_StaysBounded()
    {
        await using SqliteMessageStore store = await _folder.OpenAsync();
        long most = 0;
        for (int i = 0; i < 60; i++)
        {
            await StoreFolder.AppendAsync(store, 1, (i * 100) + 1, 100, bytes: 10_000);
            await store.MaintainAsync(idle: false);
            most = Math.Max(most, LogLength);
        }

        most.Should().BeLessThan(16 * MiB);
    }

    [Fact]
    public async Task Backlog_Consumed_LeavesNoBatchesAndRoomForAsMuchAgain()
    {
        await using SqliteMessageStore store = await _folder.OpenAsync();
        await FillAsync(store, first: 1);
        _folder.Count("segment").Should().BeGreaterThan(5);
        for (long below = 1; below <= 6_001; below += 100)
        {
            await StoreFolder.TrimAsync(store, 1, below);
            await store.MaintainAsync(idle: false);
        }

        await store.MaintainAsync(idle: true);
        _folder.Count("batch").Should().Be(0);
        _folder.Count("segment").Should().Be(0);
        _folder.Count("place").Should().Be(0);
        await FillAsync(store, first: 6_001);
        FileLength.Should().BeLessThan(80 * MiB);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Backlog_PurgedOrRemoved_IsFreedByUpkeep(bool removed)
    {
        await using SqliteMessageStore store = await _folder.OpenAsync();
        await FillAsync(store, first: 1);
        await StoreFolder.AppendAsync(store, 2, 1, 1);

        await StoreFolder.CommitAsync(store, commit =>
        {
            if (removed)
            {
                commit.Removed.Add(1);
            }
            else
            {
                commit.Trims.Add(new StoreTrim(1, 0, 6_001));
            }
        });
        await store.MaintainAsync(idle: true);

        _folder.Count("segment").Should().Be(0);
        _folder.Count("batch").Should().BeLessThan(10);
        _folder.Count("log").Should().Be(removed ? 1 : 2);
        (await StoreFolder.ReadAsync(store, 2, 1)).Should().Equal(1);
    }

    [Fact]
    public async Task Backlog_RemovedAndClosedBeforeUpkeep_IsFreedAfterReopening()
    {
        await using (SqliteMessageStore store = await _folder.OpenAsync())
        {
            for (int i = 0; i < 20 * 256; i++)
            {
                await StoreFolder.AppendAsync(store, 1, i + 1, 1);
            }

            await StoreFolder.CommitAsync(store, commit => commit.Removed.Add(1));
            _folder.Count("segment").Should().Be(20);
        }

        await using SqliteMessageStore again = await _folder.OpenAsync();
        await again.MaintainAsync(idle: true);
        await again.MaintainAsync(idle: true);

        _folder.Count("batch").Should().Be(0);
        _folder.Count("segment").Should().Be(0);
        _folder.Count("place").Should().Be(0);
        _folder.Count("log").Should().Be(0);
    }

    [Fact]
    public async Task Cursors_OfTenThousandSubscriptions_AreFewRows()
    {
        await using SqliteMessageStore store = await _folder.OpenAsync();

        await StoreFolder.CommitAsync(store, commit => commit.Cursors.AddRange(
            Enumerable.Range(1, 10_000).Select(i => new StoreCursor(i, 1, new byte[12]))));

        _folder.Count("cursor_shard").Should().Be(79);
    }

    [Fact]
    public async Task Open_MillionWaiting_IsQuickAndSmall()
    {
        await using (SqliteMessageStore store = await _folder.OpenAsync())
        {
            for (long i = 0; i < 1_000_000; i += 10_000)
            {
                await StoreFolder.AppendAsync(store, 1, i + 1, 10_000);
                await store.MaintainAsync(idle: false);
            }
        }

        await using var again = new SqliteMessageStore(_folder.Path);
        long allocated = GC.GetAllocatedBytesForCurrentThread();
        var watch = Stopwatch.StartNew();
        StoreContents contents = await again.OpenAsync();
        List<long> head = await StoreFolder.ReadAsync(again, 1, 1, maxRecords: 100);
        watch.Stop();

        contents.LastSequences[1].Should().Be(1_000_000);
        head.Should().HaveCount(100);
        watch.ElapsedMilliseconds.Should().BeLessThan(500);
        (GC.GetAllocatedBytesForCurrentThread() - allocated).Should().BeLessThan(5 * MiB);
        (await StoreFolder.ReadAsync(again, 1, 999_991)).Should().HaveCount(10);
    }

    // 60 MB in 60 commits.
    private static async Task FillAsync(SqliteMessageStore store, long first)
    {
        for (int i = 0; i < 60; i++)
        {
            await StoreFolder.AppendAsync(store, 1, first + (i * 100), 100, bytes: 10_000);
            await store.MaintainAsync(idle: false);
        }
    }
}
