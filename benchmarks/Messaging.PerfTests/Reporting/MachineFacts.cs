using System.Globalization;
using System.Runtime;
using System.Runtime.InteropServices;

namespace Messaging.PerfTests.Reporting;

/// <summary>What a reader must know of the machine to judge the figures.</summary>
internal sealed record MachineFacts(
    int Cores, string Framework, string OperatingSystem, string Architecture, double MemoryGigabytes, bool ServerGc, string FileSystem, bool Optimized)
{
    public static MachineFacts Collect(string folder) => new(
        Environment.ProcessorCount,
        RuntimeInformation.FrameworkDescription,
        RuntimeInformation.OSDescription,
        RuntimeInformation.ProcessArchitecture.ToString(),
        GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 1e9,
        GCSettings.IsServerGC,
        FileSystemOf(folder),
#if DEBUG
        Optimized: false);
#else
        Optimized: true);
#endif

    public string ToText() => string.Create(
        CultureInfo.InvariantCulture,
        $"{Cores} cores {Architecture}, {MemoryGigabytes:0} GB, {Framework}, {OperatingSystem}, {(ServerGc ? "server" : "workstation")} GC, files on {FileSystem}{(Optimized ? "" : ", DEBUG BUILD: THE FIGURES MEAN NOTHING")}");

    /// <summary>Finds the file system of a folder: on one that lives in memory, a durable send costs nothing and proves nothing.</summary>
    private static string FileSystemOf(string folder)
    {
        string full = Path.GetFullPath(folder);
        return DriveInfo.GetDrives()
            .Where(drive => drive.IsReady && full.StartsWith(drive.Name, StringComparison.Ordinal))
            .OrderByDescending(drive => drive.Name.Length)
            .FirstOrDefault()?.DriveFormat ?? "unknown";
    }
}
