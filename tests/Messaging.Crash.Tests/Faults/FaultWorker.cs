using System.Globalization;
using Messaging.Crash.Tests.Kills;
using Messaging.Crash.Tests.Shim;
using Messaging.TestSupport;

namespace Messaging.Crash.Tests.Faults;

/// <summary>A child process that goes through faults, many in one life, since starting it takes longer than a fault.</summary>
internal static class FaultWorker
{
    // Their lines fit into the pipe: nobody reads them before the first one is told of.
    private const int MostALife = 500;

    /// <summary>Counts the operations of each kind in the workload without a fault.</summary>
    public static Dictionary<string, int> Count()
    {
        using var folder = new MemoryFolder();
        using WorkloadProcess process = WorkloadProcess.Start(ShimLibrary.Environment(folder.Path), "faults", folder.Path);
        process.Say(["COUNT", ""]);
        Dictionary<string, int> counts = [];
        foreach (string line in process.ReadLines())
        {
            if (line.Split(' ') is ["COUNT", var kind, var count])
            {
                counts.Add(kind, int.Parse(count, CultureInfo.InvariantCulture));
            }
        }

        return process.ExitCode == 0 && !process.Hung ? counts : throw new InvalidOperationException($"The count ended with {process.ExitCode}: {process.Errors}");
    }

    /// <summary>Goes through faults. When one ends the process, another process goes on with the next one.</summary>
    public static IEnumerable<FaultOutcome> Run(IEnumerable<string> points)
    {
        var left = new Queue<string>(points);
        while (left.Count > 0)
        {
            using var folder = new MemoryFolder();
            using WorkloadProcess process = WorkloadProcess.Start(ShimLibrary.Environment(folder.Path), "faults", folder.Path);
            process.Say([.. left.Take(MostALife), ""]);
            List<string> lines = [];
            bool isOpen = false;
            int before = left.Count;
            foreach (string line in process.ReadLines())
            {
                lines.Add(line);
                isOpen |= line.StartsWith("POINT ", StringComparison.Ordinal);
                if (line.StartsWith("END ", StringComparison.Ordinal))
                {
                    yield return FaultOutcome.Of(left.Dequeue(), lines, line);
                    lines.Clear();
                    isOpen = false;
                }
            }

            if (isOpen)
            {
                string why = $"WRONG the process ended with {process.ExitCode}: {process.Errors.ReplaceLineEndings(" ")}";
                yield return FaultOutcome.Of(left.Dequeue(), [.. lines, why], end: null);
            }
            else if (left.Count == before)
            {
                throw new InvalidOperationException($"The process ended with {process.ExitCode} before its first fault: {process.Errors}");
            }
        }
    }
}
