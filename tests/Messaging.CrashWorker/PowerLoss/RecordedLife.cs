using Messaging.CrashWorker.Shim;
using Messaging.CrashWorker.Workloads;
using Messaging.Testing.Histories;

namespace Messaging.CrashWorker.PowerLoss;

/// <summary>One life of the workload whose file operations are recorded; it ends after so many events, in good order or as if it were killed.</summary>
internal static class RecordedLife
{
    // So many that little is left waiting: opening what a power cut left then takes little time.
    private const int TakersEach = 4;

    /// <summary>Lives once.</summary>
    /// <param name="path">The file.</param>
    /// <param name="seed">The seed of this life.</param>
    /// <param name="prefix">What the names of its messages begin with.</param>
    /// <param name="durability">What a send survives.</param>
    /// <param name="events">After how many events it ends.</param>
    /// <param name="dies">Whether it dies instead of closing the file.</param>
    public static async Task<int> RunAsync(string path, int seed, string prefix, Durability durability, int events, bool dies)
    {
        using var end = new CancellationTokenSource();
        Narrator.When(events, dies ? ShimCalls.Die : end.Cancel);
        await using (MessageBroker broker = await MessageBroker.OpenAsync(path))
        {
            await Workload.LiveAsync(broker, seed, prefix, durability, [], TakersEach, end.Token);
        }

        Narrator.Tell(HistoryOperation.Close);
        return 0;
    }
}
