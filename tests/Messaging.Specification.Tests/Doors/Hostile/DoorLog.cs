using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Messaging.Specification.Tests.Doors.Hostile;

/// <summary>A log that does what a test wants with each entry, after it has rendered it as a console does.</summary>
internal sealed class DoorLog(Action<string> writing) : ILoggerFactory, ILogger
{
    public ConcurrentQueue<string> Lines { get; } = [];

    /// <summary>Gets or sets what is done when it is asked whether it listens.</summary>
    public Func<bool> Enabled { get; init; } = static () => true;

    /// <summary>Gets what it gives as a logger.</summary>
    public Func<ILogger?>? Creating { get; init; }

    public ILogger CreateLogger(string categoryName) => Creating is null ? this : Creating()!;

    public void AddProvider(ILoggerProvider provider)
    {
    }

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => Enabled();

    public void Log<TState>(
        LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        string line = $"{logLevel}: {formatter(state, exception)} {exception}";
        writing(line);
        Lines.Enqueue(line);
    }

    public void Dispose()
    {
    }
}
