namespace Messaging.PerfTests.Running;

/// <summary>A folder of a run's own, deleted with all that is in it.</summary>
internal sealed class ScratchFolder : IDisposable
{
    private readonly string _path;

    public ScratchFolder(string parent)
    {
        _path = Path.Combine(parent, $"messaging-perf-{Guid.NewGuid():N}");
        Directory.CreateDirectory(_path);
    }

    public string File(string name) => Path.Combine(_path, name);

    public void Dispose() => Directory.Delete(_path, recursive: true);
}
