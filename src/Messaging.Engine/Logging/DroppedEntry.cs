using Messaging.Diagnostics;
using Microsoft.Extensions.Logging;

namespace Messaging.Logging;

/// <summary>An entry in the place of those that found no room.</summary>
internal sealed class DroppedEntry(long count) : LogEntry(exception: null)
{
    public override void Write(ILogger logger, Exception? exception) => EngineLog.LinesDropped(logger, count, LogQueue.Capacity);
}
