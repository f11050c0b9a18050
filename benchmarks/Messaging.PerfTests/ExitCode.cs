using Messaging.PerfTests.Reporting;

namespace Messaging.PerfTests;

/// <summary>What the process tells the shell.</summary>
internal static class ExitCode
{
    public const int Success = 0;
    public const int ScenarioFailed = 1;
    public const int BelowTarget = 2;

    /// <summary>A result is far from its target, and other processes took so much of the machine that this says nothing of us.</summary>
    public const int NoVerdict = 3;

    public const int Usage = 64;

    public static int Of(Report report, bool check)
    {
        if (report.Failures.Count > 0)
        {
            return ScenarioFailed;
        }

        Miss[] misses = check ? [.. report.Misses()] : [];
        if (misses.Length == 0)
        {
            return Success;
        }

        bool isBusy = report.OthersShare > OtherProcesses.LeavesNoVerdict;
        return isBusy && Array.TrueForAll(misses, static miss => miss.IsOfSpeed) ? NoVerdict : BelowTarget;
    }
}
