using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Messaging.Engine.Tests.Scheduling;

/// <summary>A log that keeps the ids of its events.</summary>
internal sealed class CountingLog : ILogger
{
    private readonly ConcurrentQueue<int> _events = new();

    public IEnumerable<int> Events => _events;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(
        LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        _events.Enqueue(eventId.Id);
}
