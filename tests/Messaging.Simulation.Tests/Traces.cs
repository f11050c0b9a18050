using System.Globalization;

namespace Messaging.Simulation.Tests;

/// <summary>The traces of the first seeds, as <c>traces.txt</c> lists them: a line a seed, from 1 on. A change that only moves code changes none of them.</summary>
/// <remarks>Changed on purpose, they are written again: <c>MESSAGING_TRACES=traces.txt</c> in the environment names the file, and
/// <c>MESSAGING_SIMULATIONS=1000</c> how many.</remarks>
internal static class Traces
{
    private const string Name = "traces.txt";

#if DEBUG
    private static readonly bool _hasPoints = true;
#else
    private static readonly bool _hasPoints = false;
#endif

    private static readonly ulong[] _known = [.. File.ReadLines(Path.Combine(AppContext.BaseDirectory, Name))
        .Select(line => ulong.Parse(line, NumberStyles.HexNumber, CultureInfo.InvariantCulture))];

    /// <summary>Gets the number of seeds of which the trace is known.</summary>
    public static int Count => _known.Length;

    /// <summary>Tells whether the trace of a case is known: that of a first seed, with nothing changed, of an engine with its points of death.</summary>
    public static bool Knows(SimulationCase @case) => _hasPoints && @case == new SimulationCase(@case.Seed) && @case.Seed >= 1 && @case.Seed <= Count;

    /// <summary>Gets the known trace of a seed.</summary>
    public static ulong Of(int seed) => _known[seed - 1];

    /// <summary>Writes traces in the place of those that are known.</summary>
    public static void Write(string path, IEnumerable<ulong> traces) =>
        File.WriteAllLines(path, traces.Select(trace => trace.ToString("x16", CultureInfo.InvariantCulture)));
}
