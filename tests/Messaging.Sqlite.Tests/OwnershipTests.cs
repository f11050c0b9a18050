using Messaging.Sqlite.Files;

namespace Messaging.Sqlite.Tests;

public sealed class OwnershipTests : IDisposable
{
    private readonly StoreFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Take_Twice_RefusesTheSecond()
    {
        using OwnershipLock first = OwnershipLock.Take(_folder.Path);

        Action act = () => OwnershipLock.Take(_folder.Path);

        act.Should().Throw<StoreInUseException>().Which.Store.Should().Be(_folder.Path);
    }

    [Fact]
    public void Take_AfterRelease_Succeeds()
    {
        OwnershipLock.Take(_folder.Path).Dispose();

        OwnershipLock.Take(_folder.Path).Dispose();
    }

    [Fact]
    public void Take_AfterALockThatNobodyReleased_SucceedsOnceItIsCollected()
    {
        Forget();
        GC.Collect();
        GC.WaitForPendingFinalizers();

        OwnershipLock.Take(_folder.Path).Dispose();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Open_OfAStoreThatNobodyClosed_FindsAllOnceItIsCollected(bool hasReader)
    {
        await ForgetStoreAsync(hasReader);
        GC.Collect();
        GC.WaitForPendingFinalizers();

        // SQLite's handles go one after the other: each statement holds its connection.
        GC.Collect();
        GC.WaitForPendingFinalizers();

        await using SqliteMessageStore store = await _folder.OpenAsync();
        (await StoreFolder.ReadAsync(store, 1, 1)).Should().HaveCount(10);
    }

    /// <summary>Whoever opens a file and closes it again takes away the locks that SQLite has on it in the same process.</summary>
    [Theory]
    [InlineData("-new")]
    [InlineData("-unfinished")]
    public async Task Open_OrCopyNextToAnOpenStoreOfAnUnfinishedName_LeavesItItsLocks(string ending)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "The locks are listed in /proc.");
        string path = _folder.File("next.db" + ending);
        await using var store = new SqliteMessageStore(path);
        await store.OpenAsync();
        int before = CountLocks(path);
        before.Should().BePositive();
        await using SqliteMessageStore other = await _folder.OpenAsync();

        Func<Task> act = ending == "-new"
            ? () => new SqliteMessageStore(_folder.File("next.db")).OpenAsync().AsTask()
            : () => other.BackupAsync(_folder.File("next.db")).AsTask();

        await act.Should().ThrowAsync<StoreException>();
        CountLocks(path).Should().Be(before);
    }

    [Fact]
    public async Task Open_WhileAnotherProcessHasTheLock_IsRefused()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "The other process is flock(1).");
        await _folder.CreateAsync();
        using var other = System.Diagnostics.Process.Start(new System.Diagnostics.ProcessStartInfo(
            "flock", ["--exclusive", _folder.Path + "-lock", "sh", "-c", "echo locked; read line"])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        })!;
        (await other.StandardOutput.ReadLineAsync()).Should().Be("locked");

        Func<Task> act = () => _folder.OpenAsync();

        await act.Should().ThrowAsync<StoreInUseException>();
        await other.StandardInput.WriteLineAsync();
        await other.WaitForExitAsync();
        await using SqliteMessageStore store = await _folder.OpenAsync();
    }

    [Fact]
    public async Task Open_OfAMissingFileBesideItsLockFile_IsRefusedUntilBothAreDeleted()
    {
        await _folder.CreateAsync();
        File.Delete(_folder.Path);
        byte[] before = await File.ReadAllBytesAsync(_folder.Path + "-lock");

        await FluentActions.Awaiting(() => _folder.OpenAsync()).Should()
            .ThrowAsync<StoreFormatException>().WithMessage("*it is missing, although a store was kept here*store.db-lock'*delete the lock file too to begin anew*");

        _folder.Files.Should().Equal("store.db-lock");
        (await File.ReadAllBytesAsync(_folder.Path + "-lock")).Should().Equal(before);
        File.Delete(_folder.Path + "-lock");
        await using SqliteMessageStore store = await _folder.OpenAsync();
        (await StoreFolder.ReadAsync(store, 1, 1)).Should().BeEmpty();
    }

    /// <summary>A crash between the creation of the lock file and the store's own name leaves an empty lock file; so did older versions.</summary>
    [Fact]
    public async Task Open_BesideAnEmptyLockFile_BeginsAnewAndTheLockFileRemembersTheStore()
    {
        await File.WriteAllBytesAsync(_folder.Path + "-lock", []);

        await _folder.CreateAsync();

        new FileInfo(_folder.Path + "-lock").Length.Should().BePositive();
    }

    [Fact]
    public async Task Open_OfAStoreWithAnEmptyLockFile_HasItRememberTheStore()
    {
        await _folder.CreateAsync();
        await File.WriteAllBytesAsync(_folder.Path + "-lock", []);
        await using (await _folder.OpenAsync())
        {
            // The lock file is written by the opening.
        }

        File.Delete(_folder.Path);

        await FluentActions.Awaiting(() => _folder.OpenAsync()).Should().ThrowAsync<StoreFormatException>().WithMessage("*it is missing*");
    }

    [Fact]
    public async Task Open_Again_LeavesTheLockFileAsItIs()
    {
        await _folder.CreateAsync();
        byte[] before = await File.ReadAllBytesAsync(_folder.Path + "-lock");

        await using (await _folder.OpenAsync())
        {
            // Nothing is written to it a second time.
        }

        (await File.ReadAllBytesAsync(_folder.Path + "-lock")).Should().Equal(before);
    }

    private static int CountLocks(string path)
    {
        FileIdentity.TryGet(path, out FileIdentity? identity);
        string inode = $":{identity!.Value.Inode} ";

        // Of this process only: the list of all processes' locks is read in pieces, and shows one twice when others change meanwhile.
        return Directory.EnumerateFiles("/proc/self/fdinfo").SelectMany(LinesOf)
            .Where(line => line.StartsWith("lock:", StringComparison.Ordinal) && line.Contains("POSIX") && line.Contains(inode))
            .Select(static line => line[line.IndexOf("POSIX", StringComparison.Ordinal)..]).Distinct().Count();
    }

    private static string[] LinesOf(string path)
    {
        try
        {
            return File.ReadAllLines(path);
        }
        catch (IOException)
        {
            return []; // Another test has closed it meanwhile.
        }
    }

    [System.Runtime.CompilerServices.MethodImpl(System.Runtime.CompilerServices.MethodImplOptions.NoInlining)]
    private void Forget() => _ = OwnershipLock.Take(_folder.Path);

    [System.Runtime.CompilerServices.MethodImpl(System.Runtime.CompilerServices.MethodImplOptions.NoInlining)]
    private async Task ForgetStoreAsync(bool hasReader)
    {
        SqliteMessageStore store = await _folder.OpenAsync();
        await StoreFolder.AppendAsync(store, 1, 1, 10);
        if (hasReader)
        {
            await StoreFolder.ReadAsync(store, 1, 1);
        }
    }
}
