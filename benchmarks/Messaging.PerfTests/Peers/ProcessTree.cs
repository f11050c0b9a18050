using System.Globalization;
using Messaging.PerfTests.Running;

namespace Messaging.PerfTests.Peers;

/// <summary>A process and all that descend from it, on Linux.</summary>
internal static class ProcessTree
{
    private const string Source = "/proc";
    private const double TicksPerSecond = 100;

    // The fields of a process's line, counted from the one behind its name, which may hold anything and ends with a bracket.
    private const int Parent = 1;
    private const int FirstOfTimes = 11;
    private const int Times = 4;

    /// <summary>Sums the user and kernel time of a process and its descendants, of those too that have ended and were waited for.</summary>
    public static TimeSpan CpuOf(int root)
    {
        var lines = new Dictionary<int, string[]>();
        foreach (string folder in Directory.EnumerateDirectories(Source))
        {
            if (int.TryParse(Path.GetFileName(folder), CultureInfo.InvariantCulture, out int id) && Read(folder) is { } fields)
            {
                lines[id] = fields;
            }
        }

        WrongResultException.ThrowUnless(lines.ContainsKey(root), $"The process {root} has ended.");
        double ticks = 0;
        foreach ((int id, string[] fields) in lines)
        {
            if (Descends(id, root, lines))
            {
                ticks += fields.Skip(FirstOfTimes).Take(Times).Sum(static text => double.Parse(text, CultureInfo.InvariantCulture));
            }
        }

        return TimeSpan.FromSeconds(ticks / TicksPerSecond);
    }

    private static bool Descends(int id, int root, Dictionary<int, string[]> lines)
    {
        while (id != root && lines.TryGetValue(id, out string[]? fields))
        {
            id = int.Parse(fields[Parent], CultureInfo.InvariantCulture);
        }

        return id == root;
    }

    private static string[]? Read(string folder)
    {
        try
        {
            string line = File.ReadAllText(Path.Combine(folder, "stat"));
            return line[(line.LastIndexOf(')') + 2)..].Split(' ');
        }
        catch (IOException)
        {
            // It ended in this moment.
            return null;
        }
    }
}
