using Messaging.PerfTests.Running;

namespace Messaging.PerfTests.Scenarios;

/// <summary>A whole use of the broker that is measured against a base line.</summary>
internal interface IScenario
{
    string Id { get; }

    /// <summary>Gets a value indicating whether there is a base line, which can be held against itself.</summary>
    bool HasBaseLine => true;

    /// <summary>Gets a value indicating whether it measures in child processes, which are not "others".</summary>
    bool StartsProcesses => false;

    /// <summary>Measures. It throws if a message was lost or repeated, or if nothing came for too long.</summary>
    /// <param name="options">How long, how often, and where files go.</param>
    Task<ScenarioResult> RunAsync(RunOptions options);
}
