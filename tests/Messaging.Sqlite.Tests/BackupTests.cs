using Messaging.Sqlite.Connections;
using Messaging.Sqlite.Sessions;
using Messaging.Storage;

namespace Messaging.Sqlite.Tests;

/// <summary>A copy of a store that is being written to.</summary>
public sealed class BackupTests : IDisposable
{
    private const int Records = 100;
    private const int Bytes = 2_000;

    private readonly StoreFolder _folder = new();

    private string Copy => _folder.File("copy.db");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Backup_WhileCommitsGoOn_HoldsAllThatWasCommittedBefore()
    {
        await using SqliteMessageStore store = await _folder.OpenAsync();
        long next = 1;
        for (int i = 0; i < 150; i++)
        {
            next = await AppendAsync(store, next);
        }

        long before = next;
        Task backup = store.BackupAsync(Copy).AsTask();
        while (!backup.IsCompleted)
        {
            next = await AppendAsync(store, next);
        }

        await backup;
        (next - before).Should().BeGreaterThan(3 * Records, "commits go on between the steps");
        _folder.Files.Should().Equal("copy.db", "store.db", "store.db-lock", "store.db-shm", "store.db-wal");
        await VerifyCopyAsync(before, next);
        (await StoreFolder.ReadAsync(store, 1, 1)).Should().HaveCount((int)next - 1, "the store goes on as before");
    }

    [Fact]
    public async Task Backup_NewFile_IsForItsOwnerOnly()
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Skip("Windows has no file modes.");
            return;
        }

        await using SqliteMessageStore store = await _folder.OpenAsync();
        await store.BackupAsync(Copy);

        File.GetUnixFileMode(Copy).Should().Be(UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }

    [Fact]
    public async Task Backup_OfABackup_AndSoOn_AreStores()
    {
        await using (SqliteMessageStore store = await _folder.OpenAsync())
        {
            await StoreFolder.AppendAsync(store, 1, 1, 3);
            await store.BackupAsync(Copy);
        }

        await using var copy = new SqliteMessageStore(Copy);
        StoreContents contents = await copy.OpenAsync();
        await copy.BackupAsync(_folder.File("second.db"));
        await using var second = new SqliteMessageStore(_folder.File("second.db"));

        contents.Epoch.Should().Be(2, "opening begins a new epoch");
        contents.ClosedCleanly.Should().BeFalse("its broker was at work");
        (await second.OpenAsync()).Epoch.Should().Be(3);
        (await StoreFolder.ReadAsync(second, 1, 1)).Should().Equal(1, 2, 3);
    }

    [Fact]
    public async Task Backup_WhereSomethingIs_IsRefusedAndLeavesItAlone()
    {
        await using SqliteMessageStore store = await _folder.OpenAsync();
        await File.WriteAllTextAsync(Copy, "mine");

        foreach (string path in new[] { Copy, _folder.Path, _folder.Directory })
        {
            await store.Awaiting(s => s.BackupAsync(path).AsTask()).Should().ThrowAsync<StoreException>().WithMessage($"*{path}*already*");
        }

        (await File.ReadAllTextAsync(Copy)).Should().Be("mine");
        _folder.Files.Should().NotContain(file => file.Contains("unfinished"));
    }

    [Fact]
    public async Task Backup_ToWhereAnotherCopyIsBeingMade_IsRefusedAndTheFirstIsMade()
    {
        await using SqliteMessageStore store = await _folder.OpenAsync();
        await StoreFolder.AppendAsync(store, 1, 1, 20_000, bytes: 1_000);
        using var target = new BackupTarget(Copy, allowSharedDirectory: false);

        await store.Awaiting(s => s.BackupAsync(Copy).AsTask()).Should().ThrowAsync<StoreException>().WithMessage("*copy.db-unfinished*somebody else*");

        File.Exists(target.Unfinished).Should().BeTrue("it belongs to the first copy");
        await store.BackupAsync(_folder.File("second.db"));
    }

    [Fact]
    public async Task Backup_IntoASharedDirectoryThatIsAllowed_IsWritten()
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Skip("Windows has no directory modes.");
            return;
        }

        string shared = Directory.CreateDirectory(_folder.File("shared")).FullName;
        File.SetUnixFileMode(shared, (UnixFileMode)0b111_111_111);
        await using SqliteMessageStore store = await _folder.OpenAsync(new SqliteStoreOptions { AllowSharedDirectory = true });

        await store.BackupAsync(Path.Combine(shared, "copy.db"));

        byte[] header = await File.ReadAllBytesAsync(Path.Combine(shared, "copy.db"));
        header[18..20].Should().Equal([2, 2], "a copy has a write-ahead log from its first moment, so no journal is its own");
        Directory.GetFiles(shared).Should().ContainSingle();
    }

    [Fact]
    public async Task Backup_IntoAMissingDirectory_IsRefused()
    {
        await using SqliteMessageStore store = await _folder.OpenAsync();

        await store.Awaiting(s => s.BackupAsync(Path.Combine(_folder.Directory, "nowhere", "copy.db")).AsTask())
            .Should().ThrowAsync<StoreException>().WithMessage("*no directory*nowhere*");
        await store.Awaiting(s => s.BackupAsync(" ").AsTask()).Should().ThrowAsync<ArgumentException>();
    }

    [Fact]
    public async Task Backup_Cancelled_LeavesNothing()
    {
        await using SqliteMessageStore store = await _folder.OpenAsync();
        await StoreFolder.AppendAsync(store, 1, 1, 20_000, bytes: 1_000);
        using var source = new CancellationTokenSource();
        Task backup = store.BackupAsync(Copy, source.Token).AsTask();

        await source.CancelAsync();

        await backup.Awaiting(b => b).Should().ThrowAsync<OperationCanceledException>();
        await store.Awaiting(s => s.BackupAsync(Copy, source.Token).AsTask()).Should().ThrowAsync<OperationCanceledException>();
        _folder.Files.Should().Equal("store.db", "store.db-lock", "store.db-shm", "store.db-wal");
        await store.BackupAsync(Copy);
    }

    [Fact]
    public async Task Backup_OfAStoreThatIsClosedMeanwhile_EndsAndLeavesNothing()
    {
        SqliteMessageStore store = await _folder.OpenAsync();
        await StoreFolder.AppendAsync(store, 1, 1, 40_000, bytes: 1_000);
        Task backup = store.BackupAsync(Copy).AsTask();

        await store.DisposeAsync();

        await backup.Awaiting(b => b).Should().ThrowAsync<ObjectDisposedException>();
        _folder.Files.Should().Equal("store.db", "store.db-lock");
        await store.Awaiting(s => s.BackupAsync(Copy).AsTask()).Should().ThrowAsync<ObjectDisposedException>();
        await using SqliteMessageStore again = await _folder.OpenAsync();
        (await StoreFolder.ReadAsync(again, 1, 1)).Should().HaveCount(40_000);
    }

    private static async Task<long> AppendAsync(SqliteMessageStore store, long next)
    {
        await StoreFolder.CommitAsync(store, commit => commit.Appends.AddRange(
            Enumerable.Range(0, Records).Select(i => new StoreAppend(1, next + i, Body(next + i)))));
        await store.MaintainAsync(idle: false);
        return next + Records;
    }

    private static byte[] Body(long sequence)
    {
        byte[] body = new byte[Bytes];
        BitConverter.TryWriteBytes(body, sequence);
        return body;
    }

    private async Task VerifyCopyAsync(long before, long next)
    {
        using (var database = new Database(Copy, queryOnly: true))
        {
            using var check = new Statement(database.Handle, "PRAGMA integrity_check");
            check.Step();
            check.Text(0).Should().Be("ok");
        }

        await using var copy = new SqliteMessageStore(Copy, new() { CheckOnOpen = SqliteStoreCheck.Full });
        StoreContents contents = await copy.OpenAsync();
        long last = contents.LastSequences[1];
        last.Should().BeInRange(before - 1, next - 1);
        (last % Records).Should().Be(0, "no commit is there in part");
        var records = new List<StoreRecord>();
        await copy.ReadAsync(new StoreRange(1, 1, int.MaxValue, int.MaxValue), records);
        records.Select(record => record.Sequence).Should().Equal(Enumerable.Range(1, (int)last).Select(i => (long)i));
        records.Select(record => BitConverter.ToInt64(record.Payload.Span)).Should().Equal(records.Select(record => record.Sequence));
    }
}
