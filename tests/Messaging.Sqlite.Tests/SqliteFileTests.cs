using Messaging.Storage;

namespace Messaging.Sqlite.Tests;

public sealed class SqliteFileTests : IDisposable
{
    private readonly StoreFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Files_WhileOpen_AreForTheOwnerOnly()
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Skip("Windows has no file modes.");
            return;
        }

        await using SqliteMessageStore store = await _folder.OpenAsync();
        await StoreFolder.AppendAsync(store, 1, 1, 10);
        await StoreFolder.ReadAsync(store, 1, 1);

        _folder.Files.Should().Equal("store.db", "store.db-lock", "store.db-shm", "store.db-wal");
        foreach (string file in _folder.Files)
        {
            File.GetUnixFileMode(_folder.File(file)).Should().Be(UnixFileMode.UserRead | UnixFileMode.UserWrite, file);
        }
    }

    [Fact]
    public async Task Files_AfterClosing_AreTheStoreAndItsLock()
    {
        await _folder.CreateAsync();

        _folder.Files.Should().Equal("store.db", "store.db-lock");
        File.ReadAllText(_folder.File("store.db-lock")).Should().Be("'store.db' is a message store. Keep this file as long as that one.\n");
    }

    [Fact]
    public async Task Open_EmptyFile_MakesItAStore()
    {
        await File.WriteAllBytesAsync(_folder.Path, []);

        await using SqliteMessageStore store = await _folder.OpenAsync();
        await StoreFolder.AppendAsync(store, 1, 1, 3);

        (await StoreFolder.ReadAsync(store, 1, 1)).Should().Equal(1, 2, 3);
    }

    [Fact]
    public async Task Open_RemainsOfAnInterruptedCreation_AreReplaced()
    {
        await File.WriteAllBytesAsync(_folder.File("store.db-new"), new byte[4_096]);

        await using SqliteMessageStore store = await _folder.OpenAsync();

        _folder.Files.Should().NotContain("store.db-new");
    }

    [Fact]
    public async Task Open_FilesOfAStoreThatWasNeverClosed_FindsAllItsCommits()
    {
        await using SqliteMessageStore store = await _folder.OpenAsync();
        for (int i = 0; i < 300; i++)
        {
            await StoreFolder.AppendAsync(store, 1, (i * 10) + 1, 10, bytes: 1_000);
        }

        await StoreFolder.TrimAsync(store, 1, 11);
        File.Copy(_folder.Path, _folder.File("copy.db"));
        File.Copy(_folder.Path + "-wal", _folder.File("copy.db-wal"));
        await using var copy = new SqliteMessageStore(_folder.File("copy.db"));

        StoreContents contents = await copy.OpenAsync();
        await copy.MaintainAsync(idle: true);

        contents.Epoch.Should().Be(2);
        contents.ClosedCleanly.Should().BeFalse();
        contents.LastSequences[1].Should().Be(3_000);
        (await StoreFolder.ReadAsync(copy, 1, 11)).Should().HaveCount(2_990);
        new FileInfo(_folder.File("copy.db")).Length.Should().BeGreaterThan(2_000_000, "the log left behind was copied into the file");
    }

    [Fact]
    public async Task Open_RelativePath_IsTheFileThere()
    {
        await using var store = new SqliteMessageStore(Path.GetRelativePath(Environment.CurrentDirectory, _folder.Path));

        await store.OpenAsync();

        File.Exists(_folder.Path).Should().BeTrue();
    }

    [Fact]
    public async Task Open_ThroughALink_TakesTheLockOfTheFileItself()
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Skip("Links need rights on Windows.");
            return;
        }

        await _folder.CreateAsync();
        File.CreateSymbolicLink(_folder.File("link.db"), _folder.Path);
        await using SqliteMessageStore store = await _folder.OpenAsync();

        Func<Task> act = () => new SqliteMessageStore(_folder.File("link.db")).OpenAsync().AsTask();

        await act.Should().ThrowAsync<StoreInUseException>();
        _folder.Files.Should().NotContain("link.db-lock");
    }

    [Fact]
    public async Task Open_SecondStoreOnTheFile_IsRefusedAndTheFirstGoesOn()
    {
        await using SqliteMessageStore store = await _folder.OpenAsync();

        Func<Task> act = () => _folder.OpenAsync();

        (await act.Should().ThrowAsync<StoreInUseException>()).WithMessage("*is open in another broker*");
        await StoreFolder.AppendAsync(store, 1, 1, 1);
        await store.DisposeAsync();
        await using SqliteMessageStore next = await _folder.OpenAsync();
        (await StoreFolder.ReadAsync(next, 1, 1)).Should().Equal(1);
    }

    [Fact]
    public async Task Dispose_WhileReadersWork_LetsThemFinishOrTellsThem()
    {
        SqliteMessageStore store = await _folder.OpenAsync();
        await StoreFolder.AppendAsync(store, 1, 1, 1_000);
        using var started = new CountdownEvent(6);
        Task<int>[] readers = [.. Enumerable.Range(0, 6).Select(_ => Task.Run(() => ReadUntilClosedAsync(store, started)))];
        started.Wait();

        await store.DisposeAsync();

        (await Task.WhenAll(readers)).Should().OnlyContain(reads => reads > 0);
        _folder.Files.Should().Equal("store.db", "store.db-lock");
    }

    [Fact]
    public async Task Use_BeforeOpening_Throws()
    {
        await using var store = new SqliteMessageStore(_folder.Path);

        Func<Task> act = () => StoreFolder.AppendAsync(store, 1, 1, 1);

        await act.Should().ThrowAsync<InvalidOperationException>();
        _folder.Files.Should().BeEmpty();
    }

    [Fact]
    public void Features_OfAFile_PromisePower()
    {
        new SqliteMessageStore(_folder.Path).Features
            .Should().Be(new StoreFeatures { MaxDurability = Durability.Power, SurvivesReopen = true, SupportsBackup = true });
    }

    private static async Task<int> ReadUntilClosedAsync(SqliteMessageStore store, CountdownEvent started)
    {
        for (int reads = 0; ; reads++)
        {
            try
            {
                (await StoreFolder.ReadAsync(store, 1, 1)).Should().HaveCount(1_000);
            }
            catch (ObjectDisposedException)
            {
                return reads;
            }

            if (reads == 0)
            {
                started.Signal();
            }
        }
    }
}
