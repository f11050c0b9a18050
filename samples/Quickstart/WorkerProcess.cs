using System.Diagnostics;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.Json;

namespace Quickstart;

/// <summary>A worker as the first process sees it: something that tells its progress, and that can be killed.</summary>
internal sealed class WorkerProcess : IAsyncDisposable
{
    private readonly Process _process;

    private WorkerProcess(Process process) => _process = process;

    public int Id => _process.Id;

    /// <summary>Starts this same program with its hidden verb.</summary>
    public static WorkerProcess Start(string folder, long from)
    {
        string program = Environment.ProcessPath ?? throw new InvalidOperationException("The path of this program is unknown.");
        var start = new ProcessStartInfo(program) { RedirectStandardInput = true, RedirectStandardOutput = true };
        if (Path.GetFileNameWithoutExtension(program) == "dotnet")
        {
            start.ArgumentList.Add(Environment.GetCommandLineArgs()[0]);
        }

        start.ArgumentList.Add(CommandLine.WorkerVerb);
        start.ArgumentList.Add(folder);
        start.ArgumentList.Add(from.ToString(CultureInfo.InvariantCulture));
        return new WorkerProcess(Process.Start(start) ?? throw new InvalidOperationException("The worker process did not start."));
    }

    /// <summary>Reads what the worker says until it ends, or is ended.</summary>
    public async IAsyncEnumerable<WorkerProgress> ReadProgressAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        while (await _process.StandardOutput.ReadLineAsync(cancellationToken) is { } line)
        {
            // The last line of a killed process may be cut off.
            if (line.StartsWith('{') && line.EndsWith('}'))
            {
                yield return JsonSerializer.Deserialize(line, QuickstartJson.Default.WorkerProgress)!;
            }
        }

        await _process.WaitForExitAsync(cancellationToken);
    }

    /// <summary>Ends the process at once, with SIGKILL: no clean-up, no last words.</summary>
    public void Kill() => _process.Kill();

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
        }

        await _process.WaitForExitAsync(CancellationToken.None);
        _process.Dispose();
    }
}
