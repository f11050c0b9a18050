using System.Runtime.InteropServices;
using Messaging.Logs;

namespace Messaging.Schedules;

/// <summary>How many scheduled messages each log has, and how many of its messages could not be read when they were due.</summary>
internal sealed class ScheduleCounts
{
    private readonly Dictionary<MessageLog, Counts> _counts = [];

    public int ScheduledFor(MessageLog log) => _counts.GetValueOrDefault(log).Scheduled;

    public int DamagedFor(MessageLog log) => _counts.GetValueOrDefault(log).Damaged;

    public void Add(MessageLog log) => CountsOf(log).Scheduled++;

    public void Subtract(MessageLog log, int count) => CountsOf(log).Scheduled -= count;

    /// <summary>Counts a scheduled message as damaged.</summary>
    public void NoteDamaged(MessageLog log)
    {
        ref Counts counts = ref CountsOf(log);
        counts.Scheduled--;
        counts.Damaged++;
    }

    private ref Counts CountsOf(MessageLog log) => ref CollectionsMarshal.GetValueRefOrAddDefault(_counts, log, out _);

    private struct Counts
    {
        public int Scheduled;
        public int Damaged;
    }
}
