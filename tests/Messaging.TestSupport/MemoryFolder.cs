namespace Messaging.TestSupport;

/// <summary>A folder of a test's own, in memory where the system has such a place.</summary>
public sealed class MemoryFolder : IDisposable
{
    private const string Memory = "/dev/shm";

    public string Path { get; } = Directory.Exists(Memory)
        ? Directory.CreateDirectory(System.IO.Path.Combine(Memory, $"messaging-test-{Environment.ProcessId}-{System.IO.Path.GetRandomFileName()}")).FullName
        : Directory.CreateTempSubdirectory("messaging-test-").FullName;

    /// <summary>Gets or sets a value indicating whether the folder stays, for somebody to look at.</summary>
    public bool Keep { get; set; }

    public string File(string name) => System.IO.Path.Combine(Path, name);

    public void Dispose()
    {
        if (!Keep)
        {
            Directory.Delete(Path, recursive: true);
        }
    }
}
