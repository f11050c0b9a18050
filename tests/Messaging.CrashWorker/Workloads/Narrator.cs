using System.Diagnostics;
using Messaging.Checkers;
using Messaging.CrashWorker.PowerLoss;
using Messaging.CrashWorker.Shim;

namespace Messaging.CrashWorker.Workloads;

/// <summary>Tells a workload's history, each step as it happens, on the standard output, or between the file
/// operations where these are recorded.</summary>
internal static class Narrator
{
    // The system's monotonic clock goes on over the deaths of processes, so that one history has one time.
    private static readonly HistoryWriter _writer = new(ShimCalls.IsRecording ? new MarkStream() : Console.OpenStandardOutput(), () => Now);
    private static int _told;
    private static int _last;
    private static Action? _atLast;

    /// <summary>Gets or sets the clock of a workload on virtual time; <see langword="null"/> for the real one.</summary>
    public static TimeProvider? Virtual { get; set; }

    /// <summary>Gets the time in ticks.</summary>
    public static long Now => Virtual?.GetUtcNow().Ticks ?? Stopwatch.GetElapsedTime(0).Ticks;

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
