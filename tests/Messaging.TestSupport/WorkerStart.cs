using System.Diagnostics;

namespace Messaging.TestSupport;

/// <summary>How the process that tests kill is started: with its input and output in the test's hands.</summary>
public static class WorkerStart
{
    public static ProcessStartInfo Of(params string[] arguments)
    {
        // The worker is a referenced project: its build output lies beside the tests' own.
        string worker = Path.Combine(AppContext.BaseDirectory, "Messaging.CrashWorker.dll");
        string dotnet = Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") is { Length: > 0 } host ? host : "dotnet";
        return new ProcessStartInfo(dotnet, ["exec", worker, .. arguments])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
    }
}
