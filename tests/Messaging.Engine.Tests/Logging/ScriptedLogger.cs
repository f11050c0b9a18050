using Microsoft.Extensions.Logging;

namespace Messaging.Engine.Tests.Logging;

/// <summary>A logger that keeps its lines, after a test has had its way with each.</summary>
internal sealed class ScriptedLogger(Action<string, Exception?>? before = null) : ILogger
{
    public List<string> Lines { get; } = [];

    public LogLevel Least { get; init; } = LogLevel.Trace;

    public int Asked { get; private set; }

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => throw new NotSupportedException();

    public bool IsEnabled(LogLevel logLevel)
    {
        Asked++;
        return logLevel >= Least;
    }

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        string line = formatter(state, exception);
        before?.Invoke(line, exception);
        Lines.Add($"{eventId.Id} {logLevel}: {line}");
    }
}
