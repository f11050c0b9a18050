using Messaging.Sqlite;
using Messaging.Storage;

namespace Messaging.PerfTests.Running;

/// <summary>The commits that a broker made while its senders and handlers ran, to be made again with nothing running beside them.</summary>
/// <remarks>A stopwatch on a running broker's commits also counts the time in which its handlers have the processors.</remarks>
internal sealed class CommitRecording
{
    /// <summary>How much is recorded: some hundred commits, however many senders there are.</summary>
    public const int SendsOfASender = 300;

    private readonly List<StoreCommit> _commits = [];
    private int _measuredFrom;

    /// <summary>Runs a broker once and returns the contender that repeats its commits.</summary>
    /// <param name="name">The contender's name.</param>
    /// <param name="options">The options.</param>
    /// <param name="run">Runs the broker on a store that records.</param>
    public static async Task<Contender> OfAsync(
        string name, RunOptions options, Func<CommitRecording, CancellationToken, Task<Measurement>> run)
    {
        var recording = new CommitRecording();
        await HangGuard.RunAsync($"Recording {name}", options.HangLimit, ct => run(recording, ct));
        return new Contender($"{name}, its commits alone", (_, ct) => recording.ReplayAsync(options.Folder, ct));
    }

    /// <summary>Has only the commits measured that come from here on.</summary>
    public void Begin() => _measuredFrom = _commits.Count;

    /// <summary>Adds a commit, whose object and cursors are used again by the caller.</summary>
    public void Add(StoreCommit commit)
    {
        var copy = new StoreCommit { Durability = commit.Durability, Closing = commit.Closing, ForgetBelow = commit.ForgetBelow };
        copy.Declared.AddRange(commit.Declared);
        copy.Removed.AddRange(commit.Removed);
        copy.Appends.AddRange(commit.Appends);
        copy.Cursors.AddRange(commit.Cursors.Select(static cursor => cursor with { State = cursor.State.ToArray() }));
        copy.Trims.AddRange(commit.Trims);
        copy.Scheduled.AddRange(commit.Scheduled);
        copy.Unscheduled.AddRange(commit.Unscheduled);
        copy.MessageIds.AddRange(commit.MessageIds);
        copy.Forgotten.AddRange(commit.Forgotten);
        _commits.Add(copy);
    }

    private async Task<Measurement> ReplayAsync(string folder, CancellationToken cancellationToken)
    {
        using var scratch = new ScratchFolder(folder);
        await using var store = new TimedStore(new SqliteMessageStore(scratch.File("replay.db")));
        await store.OpenAsync(cancellationToken);
        await PlayAsync(store, 0, _measuredFrom, cancellationToken);
        Meter meter = Meter.Start();
        store.Reset();
        await PlayAsync(store, _measuredFrom, _commits.Count, cancellationToken);
        CommitTimes times = store.Read();
        return meter.Stop(times.Records) with { Elapsed = times.Elapsed, Commits = times };
    }

    private async Task PlayAsync(TimedStore store, int from, int to, CancellationToken cancellationToken)
    {
        for (int i = from; i < to; i++)
        {
            await store.CommitAsync(_commits[i], cancellationToken);
            await store.MaintainAsync(idle: false, cancellationToken);
        }
    }
}
