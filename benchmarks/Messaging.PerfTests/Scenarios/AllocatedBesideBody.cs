using Messaging.PerfTests.Reporting;
using Messaging.PerfTests.Running;

namespace Messaging.PerfTests.Scenarios;

/// <summary>What a message in memory allocates on its way, its body left out. It does not depend on the machine's speed.</summary>
internal static class AllocatedBesideBody
{
    private const double MostBytes = 64;
    private const int Body = 32;

    /// <summary>A limit that a checked run may not cross.</summary>
    /// <param name="scenario">The scenario.</param>
    /// <param name="result">What was measured.</param>
    /// <param name="deliveries">How many deliveries of a message the figures count.</param>
    public static LimitRow Bound(string scenario, Comparison result, int deliveries) =>
        Row(scenario, result, deliveries, Target.Bound(MostBytes));

    private static LimitRow Row(string scenario, Comparison result, int deliveries, Target target)
    {
        double all = result.Ours.BytesPerMessage * deliveries;
        return new LimitRow(
            scenario, $"{result.Name}: allocated per message, body excluded", "B", new Beside($"all, with {Body} of the body", all), all - Body, target);
    }
}
