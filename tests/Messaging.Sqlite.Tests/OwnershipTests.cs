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
}
