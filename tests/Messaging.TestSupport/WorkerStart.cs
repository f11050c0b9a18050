using System.Diagnostics;

namespace Messaging.TestSupport;

/// <summary>How the process that tests kill is started: with its input and output in the test's hands.</summary>
public static class WorkerStart
{
    public static ProcessStartInfo Of(params string[] arguments)
    {
        // The worker is a referenced project: its build output lies beside the tests' own.
        string worker = Path.Combine(AppContext.BaseDirectory, "Messaging.CrashWorker.dll");
        return new ProcessStartInfo(DotnetHost.Path, ["exec", worker, .. arguments])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
    }
}
