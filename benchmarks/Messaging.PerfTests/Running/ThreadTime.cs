using System.Runtime.InteropServices;

namespace Messaging.PerfTests.Running;

/// <summary>The processor time of the calling thread, on Linux only: what it did itself, without its waits for the disk or for its turn.</summary>
internal static class ThreadTime
{
    private const int ClockOfTheThread = 3;

    /// <summary>Gets the time since the thread began; <see langword="null"/> where the system does not tell.</summary>
    public static TimeSpan? Read() =>
        OperatingSystem.IsLinux() && GetTime(ClockOfTheThread, out Timespec now) == 0
            ? TimeSpan.FromSeconds(now.Seconds) + TimeSpan.FromMicroseconds(now.Nanoseconds / 1000.0)
            : null;

    [DllImport("libc", EntryPoint = "clock_gettime")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int GetTime(int clock, out Timespec time);

    [StructLayout(LayoutKind.Sequential)]
    private readonly struct Timespec
    {
        public readonly nint Seconds;
        public readonly nint Nanoseconds;
    }
}
