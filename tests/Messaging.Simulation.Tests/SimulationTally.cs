using System.Globalization;
using Messaging.Testing.Histories;

namespace Messaging.Simulation.Tests;

/// <summary>What many simulations have come to, added up by several threads.</summary>
internal sealed class SimulationTally
{
    // Guarded by itself.
    private readonly Lock _gate = new();
    private readonly SortedDictionary<SimulatedFaults, long> _struck = [];
    private readonly SortedSet<string> _points = [];
    private readonly List<SimulationOutcome> _failed = [];
    private readonly Dictionary<int, ulong> _traces = [];
    private TimeSpan _worked;
    private TimeSpan _calm;
    private long _sent;
    private long _acked;
    private long _steps;
    private ulong _hash;

    public int Runs { get; private set; }

    /// <summary>Gets the runs that contradict an invariant.</summary>
    public IReadOnlyList<SimulationOutcome> Failed => _failed;

    /// <summary>Gets the traces of the runs, by seed.</summary>
    public IReadOnlyDictionary<int, ulong> Traces => _traces;

    /// <summary>Gets the kinds of faults that have struck.</summary>
    public IEnumerable<SimulatedFaults> Struck => _struck.Keys;

    /// <summary>Gets the named points at which a process has died.</summary>
    public IReadOnlyCollection<string> Points => _points;

    /// <summary>Gets the part of the virtual time that was without faults.</summary>
    public double CalmShare => _calm / _worked;

    /// <summary>Gets a number that follows from all runs, in whatever order they were added.</summary>
    public ulong Hash => _hash;

    public void Add(SimulationOutcome outcome)
    {
        lock (_gate)
        {
            Runs++;
            _steps += outcome.Steps;
            _worked += outcome.Worked;
            _calm += outcome.Calm;
            _hash ^= outcome.Hash;
            _traces.Add(outcome.Case.Seed, outcome.Hash);
            _sent += Count(outcome, HistoryOperation.Send);
            _acked += Count(outcome, HistoryOperation.Ack);
            _points.UnionWith(outcome.Points);
            foreach ((SimulatedFaults kind, long times) in outcome.Struck)
            {
                _struck[kind] = _struck.GetValueOrDefault(kind) + times;
            }

            if (outcome.Violations.Count > 0)
            {
                _failed.Add(outcome);
            }
        }
    }

    public override string ToString()
    {
        lock (_gate)
        {
            return string.Create(
                CultureInfo.InvariantCulture,
                $"{Runs:N0} runs, {_failed.Count} with contradictions, {_sent:N0} sends and {_acked:N0} acks confirmed, {_steps:N0} pieces of work, "
                + $"{_worked.TotalSeconds:N0} virtual seconds, {CalmShare:P0} of them calm, trace {_hash:x16}; "
                + $"{string.Join(' ', _struck.Select(struck => $"{struck.Key}={struck.Value}"))}");
        }
    }

    private static long Count(SimulationOutcome outcome, HistoryOperation operation) =>
        outcome.History.Events.LongCount(happened => happened.Operation == operation && happened.Outcome == HistoryOutcome.Ok);
}
