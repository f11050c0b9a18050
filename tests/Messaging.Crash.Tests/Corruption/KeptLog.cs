using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Messaging.Crash.Tests.Corruption;

/// <summary>The errors that a broker logs, kept.</summary>
internal sealed class KeptLog : ILoggerFactory, ILogger
{
    private readonly ConcurrentQueue<string> _lines = new();

    public IReadOnlyCollection<string> Lines => _lines;

    public ILogger CreateLogger(string categoryName) => this;

    public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException();

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Warning;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (IsEnabled(logLevel))
        {
            _lines.Enqueue(formatter(state, exception) + (exception is null ? "" : $" ({exception.Message} {exception.InnerException?.StackTrace?.ReplaceLineEndings("<")})"));
        }
    }

    public void Dispose()
    {
        // Nothing is open.
    }
}
