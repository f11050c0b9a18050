using Messaging.PerfTests.Running;

namespace Messaging.PerfTests.Scenarios;

/// <summary>The sizes at which a cost is measured: all of them, or a tenth of them in a quick run.</summary>
internal static class Sizes
{
    private const int QuickDivisor = 10;

    public static IReadOnlyList<int> Of(RunOptions options, params int[] sizes) =>
        options.Quick ? [.. sizes.Select(static size => Math.Max(1, size / QuickDivisor)).Distinct()] : sizes;
}
