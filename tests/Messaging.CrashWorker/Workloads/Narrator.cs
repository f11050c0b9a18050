using Messaging.CrashWorker.PowerLoss;
using Messaging.CrashWorker.Shim;
using Messaging.Testing.Histories;

namespace Messaging.CrashWorker.Workloads;

/// <summary>Tells a workload's history, each step as it happens, on the standard output, or between the file
/// operations where these are recorded.</summary>
internal static class Narrator
{
    private static readonly Stream _output = ShimCalls.IsRecording ? new MarkStream() : Console.OpenStandardOutput();

    // The system's monotonic clock goes on over the deaths of processes, so that one history has one time.
    private static HistoryWriter _writer = new(_output, TimeProvider.System);
    private static int _told;
    private static int _last;
    private static Action? _atLast;

    /// <summary>Gets the time in ticks.</summary>
    public static long Now => _writer.Now;

    /// <summary>Takes the clock of a workload on virtual time, before anything is told.</summary>
    public static void Use(TimeProvider clock) => _writer = new HistoryWriter(_output, clock);

    public static void Tell(HistoryEvent happened)
    {
        _writer.Write(happened);
        if (Interlocked.Increment(ref _told) == _last)
        {
            _atLast?.Invoke();
        }
    }

    /// <summary>Has something done when so many events were told of.</summary>
    public static void When(int told, Action then)
    {
        _atLast = then;
        Volatile.Write(ref _last, told);
    }

    public static void Tell(HistoryOperation operation, string subscription = "", string note = "", string destination = "") =>
        Tell(new HistoryEvent { Operation = operation, Subscription = subscription, Destination = destination, Note = note });
}
