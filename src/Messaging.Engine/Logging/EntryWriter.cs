using System.Diagnostics.CodeAnalysis;
using Messaging.Diagnostics;
using Microsoft.Extensions.Logging;

namespace Messaging.Logging;

/// <summary>The calls of the user's logger, which may throw: that costs an entry, and how many it has cost is logged when the logger writes again.</summary>
/// <remarks>Used by one piece of work at a time.</remarks>
internal sealed class EntryWriter
{
    private readonly ILogger _logger;
    private readonly ContextCallback _write;
    private long _failed;
    private Exception? _failure;

    public EntryWriter(ILogger logger)
    {
        _logger = logger;
        _write = entry => WriteHere((LogEntry)entry!);
    }

    /// <summary>Writes an entry, in a context with nobody's ambient state.</summary>
    public void Write(LogEntry entry) => CleanContext.Run(_write, entry);

    [SuppressMessage("Design", "CA1031", Justification = "Whatever a logger throws costs its own entry, and nothing else.")]
    private void WriteHere(LogEntry entry)
    {
        try
        {
            if (!TryWrite(entry))
            {
                return;
            }

            if (_failed > 0)
            {
                EngineLog.LoggerFailed(_logger, new RenderedException(_failure!), _failed);
                _failed = 0;
                _failure = null;
            }
        }
        catch (Exception exception)
        {
            _failure = exception;
        }
    }

    /// <summary>Writes an entry; if the logger throws, perhaps at the exception in it, once more with the exception's words.</summary>
    [SuppressMessage("Design", "CA1031", Justification = "Whatever a logger throws costs its own entry, and nothing else.")]
    private bool TryWrite(LogEntry entry)
    {
        try
        {
            entry.Write(_logger, entry.Exception);
            return true;
        }
        catch (Exception exception)
        {
            _failure = exception;
        }

        try
        {
            if (entry.Exception is { } hostile)
            {
                entry.Write(_logger, new RenderedException(hostile));
                return true;
            }
        }
        catch (Exception exception)
        {
            _failure = exception;
        }

        _failed++;
        return false;
    }
}
