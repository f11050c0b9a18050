using System.Globalization;
using Messaging.Crash.Tests.Kills;
using Messaging.Crash.Tests.Shim;
using Messaging.Testing.Histories;
using Messaging.TestSupport;

namespace Messaging.Crash.Tests.PowerLoss;

/// <summary>Records some lives of the workload on one file: some end in good order, others as if they were killed.</summary>
/// <param name="seed">Decides what the workload does; in which order its threads do it is recorded, and differs from run to run.</param>
/// <param name="durability">What a send survives.</param>
internal sealed class Recorder(int seed, Durability durability)
{
    private const int Lives = 4;
    private const int KilledExit = 137;

    /// <summary>Gets or sets a value indicating whether syncs do nothing, and say that they did.</summary>
    public bool DropsSyncs { get; set; }

    /// <summary>Gets or sets the mistake that the broker makes; empty for none.</summary>
    public string Bug { get; set; } = "";

    /// <summary>Records to a file.</summary>
    public void Record(string trace)
    {
        using var folder = new TemporaryFolder();
        var random = new Random(seed);
        for (int life = 0; life < Lives; life++)
        {
            Dictionary<string, string> environment = ShimLibrary.Environment(folder.Path, trace, DropsSyncs);
            environment[Diagnostics.SeededBugs.Variable] = Bug;
            bool dies = random.Next(2) == 0;

            // Few events, because each state of each cut is taken and checked whole; now and then so many that the log is copied and begun anew.
            int events = random.Next(200, 700) * (random.Next(6) == 0 ? 5 : 1);
            using WorkloadProcess process = WorkloadProcess.Start(
                environment, "record", folder.File("broker.db"), Text(random.Next()), Text(life), durability.ToString(), Text(events), dies ? "die" : "close");
            process.ReadAndKill(new History(), int.MaxValue);
            if (process.ExitCode != (dies ? KilledExit : 0) || process.Hung)
            {
                throw new InvalidOperationException($"Life {life} of seed {seed} ended with {process.ExitCode}: {process.Errors}");
            }
        }
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
