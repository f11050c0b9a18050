using System.Diagnostics;
using Messaging.TestSupport;

namespace Messaging.Specification.Tests.Crash;

/// <summary>A child process on a broker's file, read line by line and killed at will.</summary>
internal sealed class WorkerProcess : IAsyncDisposable
{
    private static readonly TimeSpan _limit = TimeSpan.FromSeconds(30);
    private readonly Process _process;
    private readonly Task<string> _errors;

    private WorkerProcess(Process process)
    {
        _process = process;
        _errors = process.StandardError.ReadToEndAsync();
    }

    public static WorkerProcess Start(params string[] arguments) => new(Process.Start(WorkerStart.Of(arguments))!);

    /// <summary>Reads the next line; <see langword="null"/> at the end.</summary>
    public Task<string?> ReadLineAsync() => _process.StandardOutput.ReadLineAsync().WaitAsync(_limit);

    public async Task ExpectLineAsync(string expected)
    {
        string? line = await ReadLineAsync();
        if (line != expected)
        {
            throw new InvalidOperationException($"The worker said '{line}' instead of '{expected}'.\n{(line is null ? await _errors : "")}");
        }
    }

    /// <summary>Sends SIGKILL, and returns what the worker had still said.</summary>
    public async Task<List<string>> KillAsync()
    {
        _process.Kill();
        var rest = new List<string>();
        while (await ReadLineAsync() is { } line)
        {
            rest.Add(line);
        }

        await _process.WaitForExitAsync().WaitAsync(_limit);
        return rest;
    }

    /// <summary>Closes the worker's input, and waits for its end.</summary>
    public async Task<int> EndAsync()
    {
        _process.StandardInput.Close();
        await _process.WaitForExitAsync().WaitAsync(_limit);
        return _process.ExitCode;
    }

    /// <summary>What the worker wrote to its standard error; it must have ended.</summary>
    public Task<string> ErrorsAsync() => _errors.WaitAsync(_limit);

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            await _process.WaitForExitAsync().WaitAsync(_limit);
        }

        _process.Dispose();
    }
}
