using System.Diagnostics;
using System.Globalization;
using System.Text;
using Messaging.Testing.Histories;
using Messaging.TestSupport;

namespace Messaging.Crash.Tests.Kills;

/// <summary>A child process that runs a workload on a file and tells its history, until it is killed or ends.</summary>
internal sealed class WorkloadProcess : IDisposable
{
    /// <summary>A process that says nothing for so long hangs; each thing that it says begins the time again.</summary>
    private static readonly TimeSpan _hang = TimeSpan.FromSeconds(60);

    private readonly Process _process;
    private readonly Task<string> _errors;
    private readonly CancellationTokenSource _limit = new(_hang);

    private WorkloadProcess(Process process)
    {
        _process = process;
        _errors = process.StandardError.ReadToEndAsync();
        _limit.Token.Register(process.Kill);
    }

    /// <summary>Gets a value indicating whether it hung and was killed for that.</summary>
    public bool Hung => _limit.IsCancellationRequested;

    /// <summary>Gets what it ended with: 137 for one that was killed.</summary>
    public int ExitCode => _process.ExitCode;

    public string Errors => _errors.GetAwaiter().GetResult();

    /// <summary>Starts a process; it waits for its input before it opens the file.</summary>
    public static WorkloadProcess Start(IReadOnlyDictionary<string, string>? environment, params string[] arguments)
    {
        ProcessStartInfo start = WorkerStart.Of(arguments);
        start.StandardOutputEncoding = Encoding.UTF8;
        start.Environment["DOTNET_TieredPGO"] = "0";
        foreach ((string name, string value) in environment ?? new Dictionary<string, string>())
        {
            start.Environment[name] = value;
        }

        return new WorkloadProcess(Process.Start(start)!);
    }

    /// <summary>Lets it begin, with the messages to send again.</summary>
    public void Go(IEnumerable<string> repeated)
    {
        foreach (string line in repeated)
        {
            _process.StandardInput.WriteLine(line);
        }

        _process.StandardInput.WriteLine("GO");
        _process.StandardInput.Flush();
    }

    /// <summary>Gives it some lines.</summary>
    public void Say(IEnumerable<string> lines)
    {
        foreach (string line in lines)
        {
            _process.StandardInput.WriteLine(line);
        }

        _process.StandardInput.Close();
    }

    /// <summary>Reads what it tells, line by line, until it ends.</summary>
    public IEnumerable<string> ReadLines()
    {
        while (_process.StandardOutput.ReadLine() is { } line)
        {
            _limit.CancelAfter(_hang);
            yield return line;
        }

        _process.WaitForExit();
    }

    /// <summary>Reads what it tells into a history, kills it after so many events, and reads what it had still told.</summary>
    /// <param name="history">The history.</param>
    /// <param name="events">The number of events.</param>
    /// <param name="told">Is called after each event with the number of events so far.</param>
    /// <returns>How many events there were.</returns>
    public int ReadAndKill(History history, int events, Action<int>? told = null)
    {
        int count = 0;
        while (_process.StandardOutput.ReadLine() is { } line)
        {
            _limit.CancelAfter(_hang);
            if (!history.AddLine(line))
            {
                continue;
            }

            count++;
            told?.Invoke(count);
            if (count == events)
            {
                _process.Kill();
            }
        }

        _process.WaitForExit();
        return count;
    }

    /// <summary>Stops the process for a time, as a debugger or a busy machine would.</summary>
    /// <remarks>The time passes in a process of the system's, since a test never sleeps.</remarks>
    public void Pause(TimeSpan time)
    {
        Signal("STOP");
        using (Process sleep = Process.Start("sleep", [time.TotalSeconds.ToString(CultureInfo.InvariantCulture)]))
        {
            sleep.WaitForExit();
        }

        Signal("CONT");
    }

    public void Dispose()
    {
        _limit.Dispose();
        if (!_process.HasExited)
        {
            _process.Kill();
            _process.WaitForExit();
        }

        _process.Dispose();
    }

    private void Signal(string name)
    {
        using Process kill = Process.Start("kill", [$"-{name}", _process.Id.ToString(CultureInfo.InvariantCulture)]);
        kill.WaitForExit();
    }
}
