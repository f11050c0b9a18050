namespace Messaging.Simulation.Tests;

/// <summary>The kinds of faults that a simulation has. Leaving some out must not change the others' chances, so that a failing run can be shrunk.</summary>
[Flags]
internal enum SimulatedFaults
{
    None = 0,

    /// <summary>The store refuses commits and reads for certain.</summary>
    Refusals = 1,

    /// <summary>Commits fail with unknown outcome, stored or not, or are torn.</summary>
    UnknownOutcomes = 2,

    /// <summary>The store takes its time.</summary>
    Delays = 4,

    /// <summary>The process dies between two pieces of work.</summary>
    Crashes = 8,

    /// <summary>The process dies at a named point in the middle of a piece of work.</summary>
    CrashPoints = 16,

    /// <summary>A death of the process takes what was not synced with it.</summary>
    PowerCuts = 32,

    /// <summary>The wall clock is set, by up to a day, while a process runs or between two.</summary>
    ClockJumps = 64,

    /// <summary>The process stands still, and all that was due meanwhile is late.</summary>
    Pauses = 128,

    /// <summary>Leases end before their time.</summary>
    LostLeases = 256,

    /// <summary>The broker is closed in good order while its clients are at work.</summary>
    Closings = 512,

    /// <summary>Calls of the store are made twice.</summary>
    Repetitions = 1024,

    /// <summary>Consumers and workers' loops that are woken go on later, some of them, so that others have the messages.</summary>
    LateWakes = 2048,

    All = 4095,
}
