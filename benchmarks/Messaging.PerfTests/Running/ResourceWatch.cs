namespace Messaging.PerfTests.Running;

/// <summary>A thread that looks every few milliseconds at the size of a database file and its write-ahead log, and at the process's memory.</summary>
/// <remarks>What is missed is what the log grows by in such a time just before it is emptied.</remarks>
internal sealed class ResourceWatch : IDisposable
{
    private static readonly TimeSpan _interval = TimeSpan.FromMilliseconds(10);

    private readonly FileInfo _file;
    private readonly FileInfo _wal;
    private readonly List<ResourceSample> _samples = [];
    private readonly ManualResetEventSlim _stopping = new();
    private readonly Thread _thread;

    public ResourceWatch(string file)
    {
        _file = new FileInfo(file);
        _wal = new FileInfo(file + "-wal");
        _thread = new Thread(Run) { IsBackground = true, Name = "resource watch" };
        _thread.Start();
    }

    /// <summary>Gets the largest value of a figure. To be called after the end.</summary>
    public long Most(Func<ResourceSample, long> figure) => _samples.Max(figure);

    /// <summary>Gets the last value of a figure. To be called after the end.</summary>
    public long Last(Func<ResourceSample, long> figure) => figure(_samples[^1]);

    /// <summary>Gets how far the median of the last third of the time lies above that of the first. To be called after the end.</summary>
    public double Growth(Func<ResourceSample, long> figure)
    {
        int third = _samples.Count / 3;
        WrongResultException.ThrowUnless(third > 0, $"{_samples.Count} looks are too few to tell a growth from.");
        return Median.Of(_samples.TakeLast(third).Select(s => (double)figure(s))) - Median.Of(_samples.Take(third).Select(s => (double)figure(s)));
    }

    /// <summary>Looks once more and ends.</summary>
    public void Stop()
    {
        _stopping.Set();
        _thread.Join();
    }

    public void Dispose()
    {
        Stop();
        _stopping.Dispose();
    }

    private void Run()
    {
        bool last;
        do
        {
            last = _stopping.Wait(_interval);
            _samples.Add(new ResourceSample(SizeOf(_file), SizeOf(_wal), GC.GetTotalMemory(forceFullCollection: false), Environment.WorkingSet));
        }
        while (!last);
    }

    private static long SizeOf(FileInfo file)
    {
        file.Refresh();
        return file.Exists ? file.Length : 0;
    }
}
