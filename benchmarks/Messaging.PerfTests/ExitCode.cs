using Messaging.PerfTests.Reporting;

namespace Messaging.PerfTests;

/// <summary>What the process tells the shell.</summary>
internal static class ExitCode
{
    public const int Success = 0;
    public const int ScenarioFailed = 1;
    public const int BelowTarget = 2;
    public const int Usage = 64;

    public static int Of(Report report, bool check)
    {
        if (report.Failures.Count > 0)
        {
            return ScenarioFailed;
        }

        return check && report.Misses().Any() ? BelowTarget : Success;
    }
}
