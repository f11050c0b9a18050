using Messaging.Sqlite.Connections;
using Messaging.Sqlite.Format;
using Messaging.Sqlite.Tables;
using Messaging.Storage;

namespace Messaging.Sqlite.Tests;

/// <summary>What is damaged is named exactly, what is not is served, and what is passed over is passed over on request only.</summary>
public sealed class DamageTests : IDisposable
{
    private static readonly SqliteStoreOptions _skipping = new() { SkipDamaged = true };

    private readonly StoreFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Read_DamagedBody_NamesItsRecordsAndServesTheRest()
    {
        await FillAsync();
        Execute("UPDATE batch SET body = CAST(substr(body, 1, length(body) - 1) || x'FF' AS BLOB) WHERE id = 2");

        await using SqliteMessageStore store = await _folder.OpenAsync();

        (await StoreFolder.ReadAsync(store, 1, 1)).Should().Equal(1, 2, 3);
        StoreDamagedException damage = await DamageAsync(store, 1, 4);
        (damage.Log, damage.First, damage.Last).Should().Be((1, 4, 6));
        damage.Store.Should().Be(_folder.Path);
        damage.Message.Should().Contain(_folder.Path).And.Contain("records 4 to 6 of log 1");
        (await StoreFolder.ReadAsync(store, 1, 7)).Should().Equal(7, 8, 9);
        (await StoreFolder.ReadAsync(store, 2, 1)).Should().Equal(1, 2, 3);
    }

    [Fact]
    public async Task Read_DamagedBodySkipped_GoesOnBehindIt()
    {
        await FillAsync();
        Execute("UPDATE batch SET body = CAST(substr(body, 1, length(body) - 1) || x'FF' AS BLOB) WHERE id = 2");

        await using SqliteMessageStore store = await _folder.OpenAsync(_skipping);

        store.Features.SkipsDamaged.Should().BeTrue();
        (await StoreFolder.ReadAsync(store, 1, 1)).Should().Equal(1, 2, 3, 7, 8, 9);
        (await StoreFolder.ReadAsync(store, 1, 4)).Should().Equal(7, 8, 9);
    }

    [Fact]
    public async Task Read_DamagedDirectory_TheRangeFollowsFromItsNeighbours()
    {
        await FillSegmentAsync();
        Execute("UPDATE batch SET directory = x'00112233445566778899' WHERE id = 101");

        await using SqliteMessageStore store = await _folder.OpenAsync();

        // Odd batches hold log 1, two records each, even ones log 2.
        (await StoreFolder.ReadAsync(store, 1, 1)).Should().Equal(Numbers(1, 100));
        StoreDamagedException damage = await DamageAsync(store, 1, 101);
        (damage.Log, damage.First, damage.Last).Should().Be((1, 101, 102));
        (await StoreFolder.ReadAsync(store, 1, 103)).Should().Equal(Numbers(103, 198));
        (await StoreFolder.ReadAsync(store, 2, 1)).Should().Equal(Numbers(1, 300), "the damage hides nothing of this log");
    }

    [Fact]
    public async Task Read_DamagedLastDirectoryOfALogsSegment_EndsWhereTheSegmentsPlaceSaysSo()
    {
        await FillSegmentAsync();
        long last = _folder.Scalar("SELECT last_sequence FROM place WHERE log = 1");
        long batch = (last * 1) - 1;
        Execute($"UPDATE batch SET directory = x'00112233445566778899' WHERE id = {batch}");

        await using SqliteMessageStore store = await _folder.OpenAsync();

        StoreDamagedException damage = await DamageAsync(store, 1, last - 1);
        (damage.First, damage.Last).Should().Be((last - 1, last));
        (await StoreFolder.ReadAsync(store, 1, last + 1)).Should().Equal(Numbers(last + 1, 300 - last));
    }

    [Fact]
    public async Task Read_DamagedDirectorySkipped_LosesItsRecordsOnly()
    {
        await FillSegmentAsync();
        Execute("UPDATE batch SET directory = x'00112233445566778899' WHERE id = 101");

        await using SqliteMessageStore store = await _folder.OpenAsync(_skipping);

        (await StoreFolder.ReadAsync(store, 1, 1)).Should().Equal(Numbers(1, 100).Concat(Numbers(103, 198)));
        (await StoreFolder.ReadAsync(store, 2, 1)).Should().Equal(Numbers(1, 300));
    }

    [Fact]
    public async Task Open_DamagedNewestDirectory_IsRefusedOrPassedOverAndTold()
    {
        await FillAsync();
        Execute("UPDATE batch SET directory = x'00112233445566778899' WHERE id = 3");
        await FluentActions.Awaiting(() => _folder.OpenAsync()).Should().ThrowAsync<StoreFormatException>().WithMessage("*Batch 3*SkipDamaged*");

        await using (var store = new SqliteMessageStore(_folder.Path, _skipping))
        {
            StoreContents contents = await store.OpenAsync();

            contents.Damage.Should().ContainSingle().Which.Problem.Should().Contain("Batch 3");
            (await StoreFolder.ReadAsync(store, 1, 1)).Should().Equal(1, 2, 3, 4, 5, 6);
            (await StoreFolder.ReadAsync(store, 2, 1)).Should().Equal(1, 2, 3);
            await StoreFolder.AppendAsync(store, 2, 4, 2);
            await StoreFolder.AppendAsync(store, 1, 10, 1);
            (await StoreFolder.ReadAsync(store, 1, 1)).Should().Equal(1, 2, 3, 4, 5, 6, 10);
        }

        await using SqliteMessageStore again = await _folder.OpenAsync(_skipping);
        (await StoreFolder.ReadAsync(again, 2, 1)).Should().Equal(1, 2, 3, 4, 5);
    }

    [Fact]
    public async Task Open_DamagedCursorsSkipped_AreMissingAndTold()
    {
        await FillAsync();
        Execute("UPDATE cursor_shard SET entries = CAST(entries || x'01' AS BLOB) WHERE id = 0");

        await using var store = new SqliteMessageStore(_folder.Path, _skipping);
        StoreContents contents = await store.OpenAsync();

        contents.Damage.Should().ContainSingle().Which.Problem.Should().Contain("number 0 to 127");
        contents.Cursors.Should().ContainSingle().Which.Subscription.Should().Be(200);
    }

    [Theory]
    [InlineData("UPDATE entry SET name = 'sevem'", "*queue, topic or subscription number 7*")]
    [InlineData("UPDATE log SET id = id + 10", "*row of log number 1*")]
    [InlineData("UPDATE meta SET epoch = epoch - 1", "*row about the store itself*")]
    public async Task Open_DamagedCatalog_IsRefusedEvenWhenSkipping(string damage, string message)
    {
        await FillAsync();
        Execute(damage);
        byte[] before = await File.ReadAllBytesAsync(_folder.Path);

        foreach (bool skips in new[] { false, true })
        {
            await FluentActions.Awaiting(() => _folder.OpenAsync(new() { SkipDamaged = skips })).Should()
                .ThrowAsync<StoreFormatException>().WithMessage("*damaged*" + message);
        }

        (await File.ReadAllBytesAsync(_folder.Path)).AsSpan().SequenceEqual(before).Should().BeTrue();
    }

    [Theory]
    [InlineData("UPDATE scheduled SET due = due + 1 WHERE key = 2", "*scheduled message*")]
    [InlineData("UPDATE scheduled SET log = 2 WHERE key = 2", "*scheduled message*")]
    [InlineData("UPDATE message_id SET sequence = 3 WHERE ordinal = 2", "*message id number 2*")]
    public async Task Open_DamagedRow_IsRefusedOrLeftOutAndTold(string damage, string message)
    {
        await FillAsync();
        Execute(damage);
        await FluentActions.Awaiting(() => _folder.OpenAsync()).Should().ThrowAsync<StoreFormatException>().WithMessage(message);

        await using var store = new SqliteMessageStore(_folder.Path, _skipping);
        StoreContents contents = await store.OpenAsync();

        contents.Damage.Should().ContainSingle().Which.Problem.Should().Match(message);
        (contents.Scheduled.Count + contents.MessageIds.Count).Should().Be(5);
    }

    [Theory]
    [InlineData("payload = CAST(x'00' || substr(payload, 2) AS BLOB)")]
    [InlineData("payload = (SELECT payload FROM scheduled WHERE key = 1), payload_checksum = (SELECT payload_checksum FROM scheduled WHERE key = 1)")]
    public async Task ReadScheduled_DamagedOrSwappedPayload_IsLeftOut(string damage)
    {
        await FillAsync();
        Execute($"UPDATE scheduled SET {damage} WHERE key = 2");

        await using SqliteMessageStore store = await _folder.OpenAsync();
        var due = new List<ScheduledRecord>();
        await store.ReadScheduledAsync(long.MaxValue, 2, due);

        due.Select(record => (record.DueTicks, record.Payload.Span[0])).Should().Equal((1, (byte)1), (3, (byte)3));
    }

    [Fact]
    public async Task Open_WithoutItsLog_IsRefusedOrTold()
    {
        await using SqliteMessageStore store = await _folder.OpenAsync();
        await StoreFolder.AppendAsync(store, 1, 1, 100, bytes: 50_000);
        await store.MaintainAsync(idle: true);
        string copy = _folder.File("copy.db");
        File.Copy(_folder.Path, copy);

        Func<Task> open = () => new SqliteMessageStore(copy).OpenAsync().AsTask();

        await open.Should().ThrowAsync<StoreFormatException>().WithMessage("*was not closed*copy.db-wal' is missing*");
        await using var skipping = new SqliteMessageStore(copy, _skipping);
        (await skipping.OpenAsync()).Damage.Should().ContainSingle().Which.Problem.Should().Contain("-wal");
        (await StoreFolder.ReadAsync(skipping, 1, 1)).Should().HaveCount(100);
    }

    [Fact]
    public void CursorRow_WithTheSealOfABatchOfTheSameNumber_IsDamage()
    {
        // What a batch's directory is to a reader of cursors, should its page lie in the place of theirs.
        byte[] directory = [0, 0, 0, 0, 1, 1, 0];
        Checksum.Seal(directory, 5);

        Action act = () => CursorShard.Decode(5, directory);

        act.Should().Throw<InvalidDataException>();
    }

    private static async Task<StoreDamagedException> DamageAsync(SqliteMessageStore store, int log, long first) =>
        (await FluentActions.Awaiting(() => StoreFolder.ReadAsync(store, log, first)).Should().ThrowAsync<StoreDamagedException>()).Which;

    private static IEnumerable<long> Numbers(long first, long count) => Enumerable.Range((int)first, (int)count).Select(i => (long)i);

    private void Execute(string sql)
    {
        using var database = new Database(_folder.Path, queryOnly: false);
        database.Execute(sql);
    }

    // Batches 1 to 3 hold records 1 to 9 of log 1, batch 4 holds log 2.
    private async Task FillAsync()
    {
        await using SqliteMessageStore store = await _folder.OpenAsync();
        for (int i = 0; i < 3; i++)
        {
            await StoreFolder.AppendAsync(store, 1, (i * 3) + 1, 3);
        }

        await StoreFolder.AppendAsync(store, 2, 1, 3);
        await StoreFolder.CommitAsync(store, commit =>
        {
            commit.Declared.Add(new StoreEntry(7, StoreEntryKind.Queue, "seven"));
            commit.Cursors.AddRange([new StoreCursor(1, 1, new byte[20]), new StoreCursor(200, 1, new byte[20])]);
            for (int i = 1; i <= 3; i++)
            {
                commit.Scheduled.Add(new ScheduledRecord(new MessageId((ulong)i, 5), 1, i, new byte[] { (byte)i, 9, 9 }));
                commit.MessageIds.Add(new StoreMessageId(i, 1, new MessageId((ulong)i, 6), i));
            }
        });
    }

    // More than one segment; odd batches hold two records of log 1, even ones two of log 2.
    private async Task FillSegmentAsync()
    {
        await using SqliteMessageStore store = await _folder.OpenAsync();
        for (int i = 0; i < 300; i++)
        {
            await StoreFolder.AppendAsync(store, (i % 2) + 1, (i / 2 * 2) + 1, 2);
        }
    }
}
