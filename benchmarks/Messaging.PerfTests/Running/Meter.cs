using System.Diagnostics;

namespace Messaging.PerfTests.Running;

/// <summary>A started measurement of time, allocation and processor time of this process.</summary>
internal readonly struct Meter
{
    private readonly long _allocated;
    private readonly TimeSpan _cpu;
    private readonly long _started;

    private Meter(long allocated, TimeSpan cpu, long started)
    {
        _allocated = allocated;
        _cpu = cpu;
        _started = started;
    }

    /// <summary>Collects garbage, so that one contender does not pay for another, and starts.</summary>
    public static Meter Start()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();
        return new Meter(GC.GetTotalAllocatedBytes(precise: true), Environment.CpuUsage.TotalTime, Stopwatch.GetTimestamp());
    }

    public Measurement Stop(long messages)
    {
        // The clock stops first: the precise count of bytes stops the world to be taken.
        TimeSpan elapsed = Stopwatch.GetElapsedTime(_started);
        TimeSpan cpu = Environment.CpuUsage.TotalTime - _cpu;
        return new Measurement(messages, elapsed, GC.GetTotalAllocatedBytes(precise: true) - _allocated, cpu);
    }
}
