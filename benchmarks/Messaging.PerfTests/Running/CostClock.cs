using System.Diagnostics;

namespace Messaging.PerfTests.Running;

/// <summary>Adds up the time and the processor time of a step that is made again and again, and divides by what it did.</summary>
internal sealed class CostClock
{
    private long _started;
    private TimeSpan _cpuStarted;
    private TimeSpan _elapsed;
    private TimeSpan _cpu;
    private long _count;

    /// <summary>Gets the nanoseconds that each took on the clock.</summary>
    public double Nanoseconds => _elapsed.TotalNanoseconds / _count;

    /// <summary>Gets the nanoseconds of processor time that the whole process spent on each.</summary>
    public double CpuNanoseconds => _cpu.TotalNanoseconds / _count;

    public void Start()
    {
        _cpuStarted = Environment.CpuUsage.TotalTime;
        _started = Stopwatch.GetTimestamp();
    }

    /// <summary>Ends a step.</summary>
    /// <param name="count">How many things it did.</param>
    public void Stop(long count)
    {
        _elapsed += Stopwatch.GetElapsedTime(_started);
        _cpu += Environment.CpuUsage.TotalTime - _cpuStarted;
        _count += count;
    }
}
