using System.Globalization;
using Messaging.Storage;
using Messaging.TestSupport;
using Messaging.Testing.Checkers;
using Messaging.Testing.Histories;

namespace Messaging.Crash.Tests.PowerLoss;

/// <summary>Cuts the power at many places of one trace, and opens what is left each time.</summary>
/// <remarks>The trace is gone through once, with its disk, and stops at each cut.</remarks>
internal sealed class PowerLossRun(Trace trace, int seed, Durability durability) : IDisposable
{
    private readonly MemoryFolder _folder = new();

    /// <summary>Gets the outcomes of some states.</summary>
    public async IAsyncEnumerable<PowerOutcome> RunAsync(IEnumerable<int> states)
    {
        var disk = new Disk();
        int at = 0;
        foreach (PowerCut cut in states.Select(state => new PowerCut(seed, state, trace.Records.Count)).OrderBy(cut => cut.At))
        {
            for (; at < cut.At; at++)
            {
                disk.Apply(trace.Records[at]);
            }

            yield return await CheckAsync(disk, cut);
        }
    }

    public void Dispose() => _folder.Dispose();

    private async Task<PowerOutcome> CheckAsync(Disk disk, PowerCut cut)
    {
        string folder = Directory.CreateDirectory(_folder.File(cut.State.ToString(CultureInfo.InvariantCulture))).FullName;
        try
        {
            foreach ((string name, byte[] bytes) in disk.After(cut))
            {
                File.WriteAllBytes(Path.Combine(folder, name), bytes);
            }

            History history = trace.Until(cut.At, certainBefore: int.MaxValue);
            int before = history.Events.Count;
            int acknowledged = history.Of(HistoryOperation.Send, HistoryOperation.Ack).Count(happened => happened.Outcome == HistoryOutcome.Ok);
            IReadOnlyList<StoreDamage> noted;
            try
            {
                noted = await Recovery.RunAsync(Path.Combine(folder, "broker.db"), history, durability);
            }
            catch (StoreException exception)
            {
                return new PowerOutcome(cut, disk.Unsynced, acknowledged, 0, exception.Message, [], []);
            }

            IReadOnlyList<Violation> violations = Checker.Check(history);
            int lost = violations.Count(violation => violation.Invariant == new NoAcknowledgedLoss().Id);
            if (durability != Durability.Power)
            {
                // What no sync has brought to the disk may be lost, and an ack forgotten; nothing older may.
                violations = Checker.Check(Doubt(disk, cut, history.Events.Skip(before)));
            }

            return new PowerOutcome(cut, disk.Unsynced, acknowledged, lost, null, noted, violations);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private History Doubt(Disk disk, PowerCut cut, IEnumerable<HistoryEvent> seen)
    {
        History doubted = trace.Until(cut.At, disk.LogSyncedBefore);
        foreach (HistoryEvent happened in seen)
        {
            doubted.Add(happened);
        }

        return doubted;
    }
}
