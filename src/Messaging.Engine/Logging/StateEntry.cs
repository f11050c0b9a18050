using Microsoft.Extensions.Logging;

namespace Messaging.Logging;

/// <summary>An entry as it was logged.</summary>
internal sealed class StateEntry<TState>(
    LogLevel level, EventId id, TState state, Exception? exception, Func<TState, Exception?, string> formatter) : LogEntry(exception)
{
    public override void Write(ILogger logger, Exception? exception)
    {
        if (logger.IsEnabled(level))
        {
            logger.Log(level, id, state, exception, formatter);
        }
    }
}
