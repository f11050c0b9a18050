using System.Globalization;
using Messaging.CrashWorker.Shim;

namespace Messaging.CrashWorker.Faults;

/// <summary>Goes through the faults that its input names, a line each, each on a file of its own; <c>POINT</c> begins a history, <c>END</c> ends it.</summary>
/// <remarks>The line <c>COUNT</c> goes through the workload without a fault and tells how many operations of each kind there are.</remarks>
internal static class FaultRun
{
    public static async Task<int> RunAsync(string folder)
    {
        int number = 0;
        while (Console.In.ReadLine() is { Length: > 0 } line)
        {
            string path = Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"{Environment.ProcessId}-{number++}.db"));
            bool counts = line == "COUNT";
            FaultPoint point = counts ? new FaultPoint(ShimKinds.None, 0, false, false, 1) : FaultPoint.Parse(line);
            Report.Line($"POINT {line}");
            var life = new FaultedLife(path, point);
            await life.RunAsync();
            if (counts)
            {
                foreach (ShimKinds kind in Enum.GetValues<ShimKinds>())
                {
                    Report.Line(string.Create(CultureInfo.InvariantCulture, $"COUNT {kind} {life.Operations.GetValueOrDefault(kind)}"));
                }
            }

            Report.Line(string.Create(CultureInfo.InvariantCulture, $"END {life.Hits} {life.Refusals} {life.Unknowns} {life.Reopenings}"));
            foreach (string file in Directory.GetFiles(folder, Path.GetFileName(path) + "*"))
            {
                File.Delete(file);
            }
        }

        return 0;
    }
}
