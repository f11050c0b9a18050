using System.Diagnostics;
using HdrHistogram;

namespace Messaging.PerfTests.Running;

/// <summary>A bare timer of the runtime's that is set again and again: how late it is says what the machine and the thread pool allow at that moment.</summary>
internal sealed class TimerProbe : IDisposable
{
    private const int Milliseconds = 10;

    private readonly Lock _gate = new();
    private readonly LongHistogram _lateness = Latency.NewHistogram();
    private readonly Timer _timer;
    private long _due;

    public TimerProbe()
    {
        _timer = new Timer(static probe => ((TimerProbe)probe!).OnTimer(), this, Timeout.Infinite, Timeout.Infinite);
        Arm();
    }

    public Latency Read()
    {
        lock (_gate)
        {
            return Latency.Of(_lateness);
        }
    }

    public void Dispose() => _timer.Dispose();

    private void OnTimer()
    {
        long late = (long)((Stopwatch.GetTimestamp() - Volatile.Read(ref _due)) * (1e9 / Stopwatch.Frequency));
        lock (_gate)
        {
            _lateness.RecordValue(Math.Max(1, late));
        }

        Arm();
    }

    private void Arm()
    {
        Volatile.Write(ref _due, Stopwatch.GetTimestamp() + (Milliseconds * Stopwatch.Frequency / 1_000));
        _timer.Change(Milliseconds, Timeout.Infinite);
    }
}
