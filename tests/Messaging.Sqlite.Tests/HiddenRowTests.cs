using Messaging.Sqlite.Connections;
using Messaging.Sqlite.Format;
using Messaging.Storage;
using Messaging.Writing;

namespace Messaging.Sqlite.Tests;

/// <summary>Rows that are missing or changed where no batch's checksum sees it: they are missed, and nothing of others is given away.</summary>
public sealed class HiddenRowTests : IDisposable
{
    private static readonly SqliteStoreOptions _skipping = new() { SkipDamaged = true };

    private readonly StoreFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Open_WithoutItsNewestBatches_StillTellsWhichRecordsThereWere()
    {
        await FillAsync(batches: 20);
        Execute("DELETE FROM batch WHERE id > 15");

        await using var store = new SqliteMessageStore(_folder.Path);
        StoreContents contents = await store.OpenAsync();

        contents.LastSequences.Should().Contain(1, 20).And.Contain(2, 20);
        (await StoreFolder.ReadAsync(store, 1, 1)).Should().HaveCount(15);
    }

    [Theory]
    [InlineData("UPDATE place SET last_sequence = last_sequence + 5 WHERE log = 1")]
    [InlineData("UPDATE place SET first_batch = first_batch + 90 WHERE log = 1")]
    [InlineData("UPDATE place SET segment = segment - 90 WHERE log = 1")]
    [InlineData("UPDATE segment SET id = id + 9")]
    public async Task Read_WhereAPlaceOrSegmentIsDamaged_FindsEverythingAllTheSame(string damage)
    {
        await FillAsync(batches: 300);
        Execute(damage);

        await using SqliteMessageStore store = await _folder.OpenAsync(_skipping);

        (await StoreFolder.ReadAsync(store, 1, 1)).Should().HaveCount(300);
        (await StoreFolder.ReadAsync(store, 2, 1)).Should().HaveCount(300);
        await StoreFolder.AppendAsync(store, 1, 301, 1);
        (await StoreFolder.ReadAsync(store, 1, 301)).Should().Equal(301);
    }

    [Theory]
    [InlineData("live = 0")]
    [InlineData("live = 1")]
    [InlineData("first_batch = 0, live = 0")]
    public async Task Maintain_OfASegmentWithADamagedRow_DeletesNothingOfOthers(string damage)
    {
        await FillAsync(batches: 300);
        Execute($"UPDATE segment SET {damage}");

        await using SqliteMessageStore store = await _folder.OpenAsync(_skipping);
        await StoreFolder.TrimAsync(store, 1, 301);
        await store.MaintainAsync(idle: true);

        (await StoreFolder.ReadAsync(store, 2, 1)).Should().HaveCount(300, "only log 1 was trimmed");
    }

    [Theory]
    [InlineData("entry", "*'entry'*")]
    [InlineData("log", "*'log'*")]
    [InlineData("scheduled", "*'scheduled'*SkipDamaged*")]
    [InlineData("cursor_shard", "*'cursor_shard'*SkipDamaged*")]
    public async Task Open_WithAPageThatHidesItsRows_IsRefused(string table, string message)
    {
        await FillAsync(batches: 3);
        byte[] file = await File.ReadAllBytesAsync(_folder.Path);
        long page = _folder.Scalar($"SELECT rootpage FROM sqlite_master WHERE name = '{table}'");

        // One cell fewer than there are: SQLite reads such a page without a word.
        file[((page - 1) * FilePage.Size) + 4]--;
        await File.WriteAllBytesAsync(_folder.Path, file);

        await FluentActions.Awaiting(() => _folder.OpenAsync()).Should().ThrowAsync<StoreFormatException>().WithMessage(message);
    }

    [Fact]
    public async Task Open_OfAnEmptyFileWhereAStoreWas_IsRefused()
    {
        await FillAsync(batches: 3);
        await File.WriteAllBytesAsync(_folder.Path, []);

        await FluentActions.Awaiting(() => _folder.OpenAsync()).Should().ThrowAsync<StoreFormatException>().WithMessage("*it is empty*begin anew*");
    }

    [Fact]
    public async Task Open_OfAMissingFileBesideItsLog_IsRefused()
    {
        await File.WriteAllBytesAsync(_folder.Path + "-wal", new byte[5_000]);

        await FluentActions.Awaiting(() => _folder.OpenAsync()).Should().ThrowAsync<StoreFormatException>().WithMessage("*store.db-wal'*");
    }

    [Fact]
    public async Task Open_WithoutTheLogOfASecondLife_IsRefused()
    {
        await FillAsync(batches: 3);
        await using SqliteMessageStore store = await _folder.OpenAsync();
        string copy = _folder.File("copy.db");
        File.Copy(_folder.Path, copy);

        await FluentActions.Awaiting(() => new SqliteMessageStore(copy).OpenAsync().AsTask())
            .Should().ThrowAsync<StoreFormatException>().WithMessage("*was not closed*copy.db-wal' is missing*");
    }

    [Theory]
    [InlineData(0, true)]
    [InlineData(4, true)]
    [InlineData(20, true)]
    [InlineData(9_000, true)]
    [InlineData(-9_000, true)]
    [InlineData(-100, false)]
    public async Task Open_WithADamagedLog_TellsOfFinishedCommitsThatAreLost(int at, bool told)
    {
        await using SqliteMessageStore store = await _folder.OpenAsync();
        for (int i = 1; i <= 20; i++)
        {
            await StoreFolder.AppendAsync(store, 1, i, 1);
        }

        string copy = _folder.File("copy.db");
        File.Copy(_folder.Path, copy);
        byte[] log = await ReadOpenAsync(_folder.Path + "-wal");
        log[at < 0 ? log.Length + at : at] ^= 1;
        await File.WriteAllBytesAsync(copy + "-wal", log);

        await using var damaged = new SqliteMessageStore(copy);
        StoreContents contents = await damaged.OpenAsync();

        contents.Damage.Count(damage => damage.Problem.Contains("write-ahead log is damaged", StringComparison.Ordinal)).Should().Be(told ? 1 : 0);
        (await StoreFolder.ReadAsync(damaged, 1, 1)).Count.Should().BeLessThan(20);
    }

    [Fact]
    public async Task Open_WithTheWholeLogOfACrash_TellsOfNothing()
    {
        await using SqliteMessageStore store = await _folder.OpenAsync();
        for (int i = 1; i <= 20; i++)
        {
            await StoreFolder.AppendAsync(store, 1, i, 1);
        }

        string copy = _folder.File("copy.db");
        File.Copy(_folder.Path, copy);
        await File.WriteAllBytesAsync(copy + "-wal", await ReadOpenAsync(_folder.Path + "-wal"));

        await using var crashed = new SqliteMessageStore(copy);

        (await crashed.OpenAsync()).Damage.Should().BeEmpty();
        (await StoreFolder.ReadAsync(crashed, 1, 1)).Should().HaveCount(20);
    }

    /// <summary>Commits that are not synced, and confirm nothing, may be torn by a power cut whatever follows them; synced ones may not.</summary>
    [Theory]
    [InlineData(0, 0)]
    [InlineData(1, 0)]
    [InlineData(3, 2)]
    public async Task Open_WithADamagedUnsyncedCommit_TellsOfSyncedOnesBehindItOnly(int synced, int lost)
    {
        await using SqliteMessageStore store = await _folder.OpenAsync();
        await AppendSyncedAsync(store, 1);
        long damaged = new FileInfo(_folder.Path + "-wal").Length + 5_000;
        for (byte i = 1; i <= 5; i++)
        {
            // The states of subscriptions, as the engine stores them when handlers begin.
            await StoreFolder.CommitAsync(store, commit => commit.Cursors.Add(new StoreCursor(1, 1, Enumerable.Repeat(i, 20).ToArray())));
            await StoreFolder.CommitAsync(store, commit => commit.Trims.Add(new StoreTrim(1, 0, 1)));
        }

        for (int i = 0; i < synced; i++)
        {
            await AppendSyncedAsync(store, 2 + i);
        }

        string copy = _folder.File("copy.db");
        File.Copy(_folder.Path, copy);
        byte[] log = await ReadOpenAsync(_folder.Path + "-wal");
        log[damaged] ^= 1;
        await File.WriteAllBytesAsync(copy + "-wal", log);

        await using var cut = new SqliteMessageStore(copy);
        StoreContents contents = await cut.OpenAsync();

        contents.Damage.Should().HaveCount(lost > 0 ? 1 : 0);
        contents.Damage.Count(damage => damage.Problem.Contains($"at least {lost} commits", StringComparison.Ordinal)).Should().Be(contents.Damage.Count);
    }

    [Fact]
    public async Task Page_OfTheStoresRow_IsTheOneThatMarksUnsyncedCommits()
    {
        await FillAsync(batches: 3);

        _folder.Scalar("SELECT rootpage FROM sqlite_master WHERE name = 'meta'").Should().Be(Tables.MetaTable.Page);
    }

    private static async Task AppendSyncedAsync(SqliteMessageStore store, int sequence)
    {
        var commit = new StoreCommit { Durability = Durability.Power };
        commit.Appends.Add(new StoreAppend(1, sequence, new byte[100]));
        await store.CommitAsync(commit);
    }

    private static async Task<byte[]> ReadOpenAsync(string path)
    {
        await using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        byte[] bytes = new byte[file.Length];
        await file.ReadExactlyAsync(bytes);
        return bytes;
    }

    // One record of log 1 and one of log 2 in each batch.
    private async Task FillAsync(int batches)
    {
        await using SqliteMessageStore store = await _folder.OpenAsync();
        await StoreFolder.CommitAsync(store, commit =>
        {
            for (int i = 1; i <= 3; i++)
            {
                commit.Declared.Add(new StoreEntry(i, StoreEntryKind.Queue, $"queue-{i}"));
                commit.Cursors.Add(new StoreCursor(i * 200, 1, new byte[20]));
                commit.Scheduled.Add(new ScheduledRecord(new MessageId((ulong)i, 5), 1, i, new byte[] { 1, 2, 3 }));
            }
        });
        for (int i = 1; i <= batches; i++)
        {
            await StoreFolder.CommitAsync(store, commit => commit.Appends.AddRange([new StoreAppend(1, i, new byte[50]), new StoreAppend(2, i, new byte[50])]));
        }
    }

    private void Execute(string sql)
    {
        using var database = new Database(_folder.Path, queryOnly: false);
        database.Execute(sql);
    }
}
