using System.Text;

namespace Messaging.Checkers;

/// <summary>Writes events as lines to a stream, whole ones, each handed on before the call returns; from any thread.</summary>
/// <param name="output">The stream, a process's standard output for instance.</param>
/// <param name="clock">Gives the time of an event.</param>
public sealed class HistoryWriter(Stream output, Func<long> clock)
{
    private readonly Lock _gate = new();

    /// <summary>Writes an event with the time it is now.</summary>
    public void Write(HistoryEvent happened)
    {
        ArgumentNullException.ThrowIfNull(happened);
        lock (_gate)
        {
            // The time is taken under the lock, so that the order of lines is the order of times.
            byte[] line = Encoding.UTF8.GetBytes(HistoryLine.Write(happened with { Time = clock() }) + "\n");
            output.Write(line);
            output.Flush();
        }
    }
}
