namespace Messaging.Sqlite.Tests;

/// <summary>A file, or its log, that is moved, deleted or replaced while it is open is noticed by the next commit and the next read.</summary>
public sealed class MovedFileTests : IDisposable
{
    private readonly StoreFolder _folder = new();

    public MovedFileTests() => Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows does not let anybody move or delete an open file.");

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("moved")]
    [InlineData("deleted")]
    [InlineData("replaced")]
    public async Task Commit_OfAFileThatIsNotAtItsPlace_IsRefusedForCertainAndForGood(string what)
    {
        await using SqliteMessageStore store = await _folder.OpenAsync();
        await StoreFolder.AppendAsync(store, 1, 1, 3);
        Displace(_folder.Path, what);

        await VerifyRefusedAsync(store, "*store.db*the file was moved, deleted or replaced while it was open*Nothing of this was stored*");
    }

    [Theory]
    [InlineData("moved")]
    [InlineData("deleted")]
    [InlineData("replaced")]
    public async Task Commit_WhoseLogIsNotAtItsPlace_IsRefusedForCertainAndForGood(string what)
    {
        Assert.SkipWhen(what == "replaced" && !OperatingSystem.IsLinux(), "Only there is a log known whatever its name.");
        await using SqliteMessageStore store = await _folder.OpenAsync();
        await StoreFolder.AppendAsync(store, 1, 1, 3);
        Displace(_folder.Path + "-wal", what);

        await VerifyRefusedAsync(store, "*write-ahead log*store.db-wal' was * while it was open*Nothing of this was stored*");
    }

    [Fact]
    public async Task Commit_InAFolderThatWasMoved_IsRefusedAndAllIsThereInTheNewPlace()
    {
        string folder = Directory.CreateDirectory(_folder.File("before")).FullName;
        await using var store = new SqliteMessageStore(Path.Combine(folder, "store.db"));
        await store.OpenAsync();
        await StoreFolder.AppendAsync(store, 1, 1, 3);
        Directory.Move(folder, _folder.File("after"));

        await VerifyRefusedAsync(store, "*moved, deleted or replaced*");

        await store.DisposeAsync();
        await using var again = new SqliteMessageStore(_folder.File("after/store.db"));
        (await again.OpenAsync()).Damage.Should().BeEmpty();
        (await StoreFolder.ReadAsync(again, 1, 1)).Should().Equal(1, 2, 3);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Open_OfAMovedFileThatWasPutBack_FindsAllThatWasConfirmed(bool commits)
    {
        SqliteMessageStore store = await _folder.OpenAsync();
        await StoreFolder.AppendAsync(store, 1, 1, 3);
        File.Move(_folder.Path, _folder.File("elsewhere.db"));
        if (commits)
        {
            await VerifyRefusedAsync(store, "*");
        }

        await store.DisposeAsync();
        File.Move(_folder.File("elsewhere.db"), _folder.Path);

        await using var again = new SqliteMessageStore(_folder.Path);
        (await again.OpenAsync()).Damage.Should().BeEmpty();
        (await StoreFolder.ReadAsync(again, 1, 1)).Should().Equal(1, 2, 3);
    }

    /// <summary>Nothing that was confirmed is lost with the log, if the broker is closed: its bytes are there as long as it is open.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Dispose_AfterTheLogWasDeleted_CopiesItIntoTheFile(bool commits)
    {
        SqliteMessageStore store = await _folder.OpenAsync();
        await StoreFolder.AppendAsync(store, 1, 1, 3);
        File.Delete(_folder.Path + "-wal");
        if (commits)
        {
            await VerifyRefusedAsync(store, "*close the broker, which copies what was confirmed*");
        }

        await store.DisposeAsync();

        await using var again = new SqliteMessageStore(_folder.Path);
        (await again.OpenAsync()).Damage.Should().BeEmpty();
        (await StoreFolder.ReadAsync(again, 1, 1)).Should().Equal(1, 2, 3);
    }

    /// <summary>Somebody else may have opened the store meanwhile, and closed it again: then its pages are not ours to write.</summary>
    [Fact]
    public async Task Dispose_AfterTheLogAndTheLockWereDeleted_ChangesNothing()
    {
        SqliteMessageStore store = await _folder.OpenAsync();
        await StoreFolder.AppendAsync(store, 1, 1, 3);
        File.Delete(_folder.Path + "-wal");
        File.Delete(_folder.Path + "-lock");
        byte[] before = await File.ReadAllBytesAsync(_folder.Path);

        await store.DisposeAsync();

        (await File.ReadAllBytesAsync(_folder.Path)).AsSpan().SequenceEqual(before).Should().BeTrue();
    }

    [Theory]
    [InlineData("store.db", "moved", true)]
    [InlineData("store.db", "moved", false)]
    [InlineData("store.db", "replaced", true)]
    [InlineData("store.db", "replaced", false)]
    [InlineData("store.db-wal", "deleted", true)]
    [InlineData("store.db-wal", "deleted", false)]
    public async Task Read_OfAFileThatIsNotAtItsPlace_IsRefused(string file, string what, bool hasReader)
    {
        await using SqliteMessageStore store = await _folder.OpenAsync();
        await StoreFolder.AppendAsync(store, 1, 1, 3);
        if (hasReader)
        {
            (await StoreFolder.ReadAsync(store, 1, 1)).Should().HaveCount(3);
        }

        Displace(_folder.File(file), what);

        (await FluentActions.Awaiting(() => StoreFolder.ReadAsync(store, 1, 1)).Should().ThrowAsync<StoreException>()
            .WithMessage("*cannot be read*")).Which.MustReopen.Should().BeTrue();
    }

    // Replaced by a copy: the same store, of the same epoch, but not the file that is open.
    private static void Displace(string path, string what)
    {
        switch (what)
        {
            case "deleted":
                File.Delete(path);
                break;
            case "replaced":
                File.Copy(path, path + "-copy");
                File.Move(path + "-copy", path, overwrite: true);
                break;
            default:
                File.Move(path, path + "-moved");
                break;
        }
    }

    private static async Task VerifyRefusedAsync(SqliteMessageStore store, string message)
    {
        foreach (int sequence in new[] { 4, 5 })
        {
            StoreException refused = (await FluentActions.Awaiting(() => StoreFolder.AppendAsync(store, 1, sequence, 1)).Should()
                .ThrowAsync<StoreException>().WithMessage(message)).Which;
            (refused.GetType(), refused.MustReopen).Should().Be((typeof(StoreException), true));
        }
    }
}
