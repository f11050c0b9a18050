using System.Runtime.InteropServices;
using Messaging.Logs;

namespace Messaging.Schedules;

/// <summary>How many scheduled messages each log has, and how many of its messages could not be read when they were due.</summary>
internal sealed class ScheduleCounts
{
    private readonly Dictionary<MessageLog, Counts> _counts = [];

    public int ScheduledFor(MessageLog log) => _counts.GetValueOrDefault(log).Scheduled;

    public int DamagedFor(MessageLog log) => _counts.GetValueOrDefault(log).Damaged;

    /// <summary>Changes a log's counts.</summary>
    public void Add(MessageLog log, int scheduled, int damaged = 0)
    {
        ref Counts counts = ref CollectionsMarshal.GetValueRefOrAddDefault(_counts, log, out _);
        counts.Scheduled += scheduled;
        counts.Damaged += damaged;
    }

    private struct Counts
    {
        public int Scheduled;
        public int Damaged;
    }
}
