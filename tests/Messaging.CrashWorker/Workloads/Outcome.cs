using Messaging.Testing.Histories;

namespace Messaging.CrashWorker.Workloads;

/// <summary>What an exception tells of the call that threw it.</summary>
internal static class Outcome
{
    /// <summary>The broker anchors its clock to the wall clock at each opening, which may be adjusted by so much meanwhile.</summary>
    public static readonly TimeSpan ClockSlack = TimeSpan.FromMilliseconds(2);

    /// <summary>Gets the outcome; <see langword="null"/> for an exception that no call of a workload should throw.</summary>
    public static HistoryOutcome? Of(Exception exception) => exception switch
    {
        StoreOutcomeUnknownException => HistoryOutcome.Unknown,
        StoreException or QueueFullException or ObjectDisposedException => HistoryOutcome.Failed,
        OperationCanceledException => HistoryOutcome.Unknown,
        _ => null,
    };
}
