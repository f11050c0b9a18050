using Messaging.Sqlite.Connections;
using Messaging.Sqlite.Format;
using Messaging.Storage;

namespace Messaging.Sqlite.Tests;

/// <summary>The look at a whole file, on request, when it is opened.</summary>
public sealed class CheckTests : IDisposable
{
    private readonly StoreFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(SqliteStoreCheck.Quick)]
    [InlineData(SqliteStoreCheck.Full)]
    public async Task Check_OfAWholeStore_FindsNothing(SqliteStoreCheck check)
    {
        await FillAsync();

        await using var store = new SqliteMessageStore(_folder.Path, new() { CheckOnOpen = check });
        StoreContents contents = await store.OpenAsync();

        contents.Damage.Should().BeEmpty();
        (await StoreFolder.ReadAsync(store, 1, 1)).Should().HaveCount(300);
    }

    [Fact]
    public async Task FullCheck_OfDamagedRows_ListsAllAndLeavesTheFileAlone()
    {
        await FillAsync();
        Damage();
        byte[] before = await File.ReadAllBytesAsync(_folder.Path);

        Func<Task> open = () => _folder.OpenAsync(new() { CheckOnOpen = SqliteStoreCheck.Full });

        await open.Should().ThrowAsync<StoreFormatException>().WithMessage(
            "*places of the queues and subscriptions number 0 to 127*scheduled message*of log 1*batch 5 is*Records 51 to 60 of log 1*left as it is*");
        (await File.ReadAllBytesAsync(_folder.Path)).AsSpan().SequenceEqual(before).Should().BeTrue();
        _folder.Files.Should().Equal("store.db", "store.db-lock");
    }

    [Fact]
    public async Task FullCheck_OfDamagedRowsWhenSkipping_TellsAllAndOpens()
    {
        await FillAsync();
        Damage();

        await using var store = new SqliteMessageStore(_folder.Path, new() { CheckOnOpen = SqliteStoreCheck.Full, SkipDamaged = true });
        StoreContents contents = await store.OpenAsync();

        contents.Damage.Select(damage => (damage.Log, damage.First, damage.Last)).Should().BeEquivalentTo(
            [(0, 0L, 0L), (0, 0L, 0L), (0, 0L, 0L), (1, 51L, 60L)]);
        (await StoreFolder.ReadAsync(store, 1, 1)).Should().HaveCount(280);
    }

    [Fact]
    public async Task FullCheck_WithoutAWayToAnyBatch_Ends()
    {
        await FillAsync();
        await ZeroRootAsync("batch");

        Func<Task> open = () => Task.Run(() => _folder.OpenAsync(new() { CheckOnOpen = SqliteStoreCheck.Full })).WaitAsync(TimeSpan.FromMinutes(1));

        await open.Should().ThrowAsync<StoreFormatException>().WithMessage("*SQLite says*Batch*");
    }

    [Fact]
    public async Task QuickCheck_OfAZeroedPage_FindsIt()
    {
        await FillAsync();
        byte[] file = await ZeroRootAsync("scheduled");

        Func<Task> open = () => _folder.OpenAsync(new() { CheckOnOpen = SqliteStoreCheck.Quick });

        await open.Should().ThrowAsync<StoreFormatException>().WithMessage("*SQLite says*");
        (await File.ReadAllBytesAsync(_folder.Path)).AsSpan().SequenceEqual(file).Should().BeTrue();
    }

    private void Damage()
    {
        using var database = new Database(_folder.Path, queryOnly: false);
        database.Execute("UPDATE cursor_shard SET entries = x'0102030405060708'");
        database.Execute("UPDATE scheduled SET payload = x'0102'");
        database.Execute("UPDATE batch SET directory = x'0102030405060708' WHERE id = 5");
        database.Execute("UPDATE batch SET body = CAST(substr(body, 2) || x'07' AS BLOB) WHERE id = 6");
    }

    private async Task<byte[]> ZeroRootAsync(string table)
    {
        byte[] file = await File.ReadAllBytesAsync(_folder.Path);
        long page = _folder.Scalar($"SELECT rootpage FROM sqlite_master WHERE name = '{table}'");
        file.AsSpan((int)((page - 1) * FilePage.Size), (int)FilePage.Size).Clear();
        await File.WriteAllBytesAsync(_folder.Path, file);
        return file;
    }

    // Thirty batches of ten records.
    private async Task FillAsync()
    {
        await using SqliteMessageStore store = await _folder.OpenAsync();
        await StoreFolder.CommitAsync(store, commit =>
        {
            commit.Cursors.Add(new StoreCursor(1, 1, new byte[20]));
            commit.Scheduled.Add(new ScheduledRecord(new MessageId(1, 5), 1, 1, new byte[50]));
        });
        for (int i = 0; i < 30; i++)
        {
            await StoreFolder.AppendAsync(store, 1, (i * 10) + 1, 10);
        }
    }
}
