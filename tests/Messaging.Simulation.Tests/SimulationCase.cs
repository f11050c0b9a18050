using System.Globalization;
using Messaging.Diagnostics;

namespace Messaging.Simulation.Tests;

/// <summary>What one simulation follows from: the same case gives the same run, to the last step.</summary>
/// <param name="Seed">Decides everything that is left to chance.</param>
/// <param name="Operations">How many steps the clients take.</param>
/// <param name="Faults">The kinds of faults.</param>
/// <param name="Bug">A mistake that the engine is to make.</param>
/// <param name="DropsSyncs">Whether the disk does not sync what it should.</param>
internal sealed record SimulationCase(
    int Seed,
    int Operations = SimulationCase.DefaultOperations,
    SimulatedFaults Faults = SimulatedFaults.All,
    SeededBug Bug = SeededBug.None,
    bool DropsSyncs = false)
{
    public const int DefaultOperations = 1_000;

    /// <summary>Gets the command that runs just this case again.</summary>
    public string Command => string.Create(
        CultureInfo.InvariantCulture,
        $"MESSAGING_SIMULATIONS=1 MESSAGING_SEED={Seed} MESSAGING_OPERATIONS={Operations} MESSAGING_SIMULATED_FAULTS={(int)Faults} "
        + $"dotnet run --project tests/Messaging.Simulation.Tests -- -showLiveOutput -class {typeof(SimulationTests).FullName}");
}
