using Messaging.Testing.Checkers;
using Messaging.Testing.Histories;

namespace Messaging.Simulation.Tests;

/// <summary>What came of a simulation.</summary>
internal sealed record SimulationOutcome
{
    public required SimulationCase Case { get; init; }

    public required History History { get; init; }

    /// <summary>Gets what contradicts the invariants.</summary>
    public required IReadOnlyList<Violation> Violations { get; init; }

    /// <summary>Gets the number that follows from all that happened.</summary>
    public required ulong Hash { get; init; }

    /// <summary>Gets how many pieces of work there were.</summary>
    public required long Steps { get; init; }

    /// <summary>Gets how often each kind of fault has struck.</summary>
    public required IReadOnlyDictionary<SimulatedFaults, long> Struck { get; init; }

    /// <summary>Gets the named points at which a process has died.</summary>
    public required IReadOnlyCollection<string> Points { get; init; }

    /// <summary>Gets the virtual time in which the clients and the broker worked, without pauses.</summary>
    public required TimeSpan Worked { get; init; }

    /// <summary>Gets how much of it was without faults.</summary>
    public required TimeSpan Calm { get; init; }
}
