using Microsoft.Extensions.Logging;

namespace Messaging.Logging;

/// <summary>An entry that waits to be written.</summary>
internal abstract class LogEntry(Exception? exception)
{
    public Exception? Exception => exception;

    /// <summary>Gives it to the logger, with its exception or another one.</summary>
    public abstract void Write(ILogger logger, Exception? exception);
}
