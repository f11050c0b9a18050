using System.Globalization;

namespace Messaging.PerfTests.Reporting;

/// <summary>The share of the machine's processors that other processes take while this one measures; on Linux only.</summary>
internal sealed class OtherProcesses
{
    /// <summary>The share above which the figures say more of the others than of us.</summary>
    public const double Tolerable = 0.1;

    /// <summary>The share above which a slow result proves nothing: of two processors, others had half of one.</summary>
    public const double LeavesNoVerdict = 0.25;

    private const string Source = "/proc/stat";
    private const int Idle = 3;
    private const int WaitingForDisk = 4;
    private const int FirstOfGuests = 8;
    private const double TicksPerSecond = 100;

    private readonly (double Busy, double All)? _started = Read();
    private readonly TimeSpan _own = Environment.CpuUsage.TotalTime;
    private TimeSpan _servers;

    /// <summary>Takes the processor time of a server that was started for a measurement out of the others'.</summary>
    public void Exclude(TimeSpan server) => _servers += server;

    /// <summary>Computes the share since the object was created; <see langword="null"/> where the system does not tell.</summary>
    public double? Share()
    {
        if (_started is not { } started || Read() is not { } now || now.All <= started.All)
        {
            return null;
        }

        double own = (Environment.CpuUsage.TotalTime - _own + _servers).TotalSeconds * TicksPerSecond;
        return Math.Max(0, (now.Busy - started.Busy - own) / (now.All - started.All));
    }

    private static (double Busy, double All)? Read()
    {
        if (!File.Exists(Source))
        {
            return null;
        }

        // The first line: "cpu", then the ticks spent as user, nice, system, idle, waiting for the disk, and so on.
        double[] ticks = [.. File.ReadLines(Source).First()
            .Split(' ', StringSplitOptions.RemoveEmptyEntries)
            .Skip(1)
            .Take(FirstOfGuests)
            .Select(static text => double.Parse(text, CultureInfo.InvariantCulture))];
        double all = ticks.Sum();
        return (all - ticks[Idle] - ticks[WaitingForDisk], all);
    }
}
