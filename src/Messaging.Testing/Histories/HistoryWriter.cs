using System.Text;

namespace Messaging.Testing.Histories;

/// <summary>A teller of events: it writes each as a line to a stream, whole, and handed on before the call returns.</summary>
/// <remarks>It may be called from any thread. What a process has told before it was killed is not lost, if the stream hands on what is
/// written to it when it is flushed, as standard output and files do.</remarks>
/// <param name="output">The stream. It stays open.</param>
/// <param name="clock">The clock whose monotonic time the events get. <see cref="TimeProvider.System"/>'s goes on over the ends of
/// processes, so that the histories of several make one.</param>
public sealed class HistoryWriter(Stream output, TimeProvider clock)
{
    private readonly Lock _gate = new();

    /// <summary>Gets the time that an event would get now, in ticks of 100 ns: to tell when something is due.</summary>
    public long Now => clock.GetElapsedTime(0).Ticks;

    /// <summary>Writes an event with the time it is now.</summary>
    /// <param name="happened">The event; its own time does not matter.</param>
    public void Write(HistoryEvent happened)
    {
        ArgumentNullException.ThrowIfNull(happened);
        lock (_gate)
        {
            // The time is taken under the lock, so that the order of lines is the order of times.
            byte[] line = Encoding.UTF8.GetBytes(HistoryLine.Write(happened with { Time = Now }) + "\n");
            output.Write(line);
            output.Flush();
        }
    }
}
