using Messaging.Sqlite.Connections;
using Messaging.Sqlite.Files;
using Messaging.Sqlite.Tables;
using Messaging.Storage;

namespace Messaging.Sqlite.Tests;

/// <summary>A session whose lock file was deleted commits nothing more once another broker has opened the file, and destroys nothing of its.</summary>
public sealed class FenceTests : IDisposable
{
    private readonly StoreFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(Durability.Power)]
    [InlineData(Durability.Process)]
    public async Task Commit_AfterAnotherOpening_IsRefusedForCertainAndForGood(Durability durability)
    {
        await using SqliteMessageStore store = await _folder.OpenAsync();
        await StoreFolder.AppendAsync(store, 1, 1, 3);
        TakeOver();

        foreach (int sequence in new[] { 4, 5 })
        {
            var commit = new StoreCommit { Durability = durability };
            commit.Appends.Add(new StoreAppend(1, sequence, new byte[10]));
            StoreException refused = (await FluentActions.Awaiting(() => store.CommitAsync(commit).AsTask()).Should().ThrowAsync<StoreException>()
                .WithMessage($"*{_folder.Path}*another broker has opened it since*store.db-lock' was deleted*opened again*Nothing of this was stored*")).Which;

            refused.Should().BeOfType<StoreException>("the outcome is not unknown");
            refused.MustReopen.Should().BeTrue();
        }

        _folder.Scalar("SELECT count(*) FROM batch").Should().Be(1);
    }

    [Fact]
    public async Task Read_AfterAnotherOpening_IsRefused()
    {
        await using SqliteMessageStore store = await _folder.OpenAsync();
        await StoreFolder.AppendAsync(store, 1, 1, 3);
        (await StoreFolder.ReadAsync(store, 1, 1)).Should().HaveCount(3);
        TakeOver();

        (await FluentActions.Awaiting(() => StoreFolder.ReadAsync(store, 1, 1)).Should().ThrowAsync<StoreException>()).Which.MustReopen.Should().BeTrue();
        await FluentActions.Awaiting(() => store.ReadScheduledAsync(long.MaxValue, 1, []).AsTask()).Should().ThrowAsync<StoreException>();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Maintain_AfterAnotherOpening_WritesAndCopiesNothing(bool hasGarbage)
    {
        await using SqliteMessageStore store = await _folder.OpenAsync();
        await StoreFolder.AppendAsync(store, 1, 1, 1_000, bytes: 5_000);
        if (hasGarbage)
        {
            await StoreFolder.TrimAsync(store, 1, 1_001);
        }

        TakeOver();
        (long File, long Log) before = Lengths();

        await store.MaintainAsync(idle: true);

        Lengths().Should().Be(before);
        await FluentActions.Awaiting(() => StoreFolder.AppendAsync(store, 1, 1_001, 1)).Should().ThrowAsync<StoreException>();
        await FluentActions.Awaiting(() => store.BackupAsync(_folder.File("copy.db")).AsTask()).Should().ThrowAsync<StoreException>();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Dispose_AfterAnotherOpening_LeavesTheFilesOfTheOther(bool wasTold)
    {
        SqliteMessageStore store = await _folder.OpenAsync();
        await StoreFolder.AppendAsync(store, 1, 1, 100, bytes: 5_000);
        TakeOver();
        await File.WriteAllTextAsync(_folder.Path + "-lock", "the other's");
        (long File, long Log) before = Lengths();
        if (wasTold)
        {
            await FluentActions.Awaiting(() => StoreFolder.AppendAsync(store, 1, 101, 1)).Should().ThrowAsync<StoreException>();
        }

        await store.DisposeAsync();

        Lengths().Should().Be(before, "nothing is written, and the log is neither copied nor deleted");
        (await File.ReadAllTextAsync(_folder.Path + "-lock")).Should().Be("the other's");
        using var database = new Database(_folder.Path, queryOnly: true);
        database.KeepLogAtClose();
        var meta = new MetaTable(database);
        (meta.State, meta.StoredEpoch).Should().Be((StoreStage.Open, 2u));
        database.Scalar("SELECT last_noted FROM log").Should().BeLessThan(100, "the log was not copied");
    }

    [Fact]
    public async Task Open_InTheSameProcessWithoutItsLockFile_IsRefusedAndTheFirstGoesOn()
    {
        await using SqliteMessageStore store = await _folder.OpenAsync();
        File.Delete(_folder.Path + "-lock");

        await FluentActions.Awaiting(() => _folder.OpenAsync()).Should().ThrowAsync<StoreInUseException>();

        _folder.Files.Should().NotContain("store.db-lock");
        await StoreFolder.AppendAsync(store, 1, 1, 3);
        await store.DisposeAsync();
        await using SqliteMessageStore again = await _folder.OpenAsync();
        (await StoreFolder.ReadAsync(again, 1, 1)).Should().HaveCount(3);
    }

    [Fact]
    public async Task Open_InTheSameProcessByAnotherNameOfItsFolder_IsRefused()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Only there is a file known whatever its name.");
        string real = Directory.CreateDirectory(_folder.File("real/sub")).FullName;
        Directory.CreateSymbolicLink(_folder.File("link"), _folder.File("real"));
        await using var store = new SqliteMessageStore(Path.Combine(real, "store.db"));
        await store.OpenAsync();
        File.Delete(Path.Combine(real, "store.db-lock"));
        await using var second = new SqliteMessageStore(_folder.File("link/sub/store.db"));

        await FluentActions.Awaiting(() => second.OpenAsync().AsTask()).Should().ThrowAsync<StoreInUseException>();

        await StoreFolder.AppendAsync(store, 1, 1, 3);
    }

    /// <summary>What an opening has read is stale when another session commits before its epoch is in the file.</summary>
    [Fact]
    public async Task FindOtherOwner_CommitWhileTheFileIsBeingOpened_RefusesTheOpening()
    {
        await using SqliteMessageStore first = await _folder.OpenAsync();
        using var database = new Database(_folder.Path, queryOnly: false);
        var fence = new Fence(_folder.Path, database);
        fence.FindOtherOwner().Should().BeNull();

        await StoreFolder.AppendAsync(first, 1, 1, 1);

        FluentActions.Invoking(fence.FindOtherOwner).Should().Throw<StoreInUseException>();
    }

    // What the opening of another process does to the file when the lock file is not there to keep it out.
    private void TakeOver()
    {
        File.Delete(_folder.Path + "-lock");
        using var database = new Database(_folder.Path, queryOnly: false);
        database.KeepLogAtClose();
        var meta = new MetaTable(database);
        meta.Write(StoreStage.Open, meta.StoredEpoch + 1);
    }

    private (long File, long Log) Lengths() => (new FileInfo(_folder.Path).Length, new FileInfo(_folder.Path + "-wal").Length);
}
