using System.Globalization;
using Messaging.Testing.Checkers;
using Messaging.Testing.Histories;
using Messaging.TestSupport;

namespace Messaging.Crash.Tests.Kills;

/// <summary>One file, and many lives of a workload on it, each ended by SIGKILL at a random moment or at a named point; then a drain.</summary>
internal sealed class KillLoop(int seed, Durability durability) : IDisposable
{
    private const int KilledExit = 137;
    private const int MostRepeated = 20;

    private readonly Random _random = new(seed);
    private readonly TemporaryFolder _folder = new();
    private readonly List<string> _repeated = [];

    /// <summary>Gets what all lives together told.</summary>
    public History History { get; } = new();

    /// <summary>Gets how often each named point has killed.</summary>
    public SortedDictionary<string, int> Points { get; } = [];

    public int Kills { get; private set; }

    public long SendsConfirmed => Count(HistoryOperation.Send);

    public long AcksConfirmed => Count(HistoryOperation.Ack);

    /// <summary>Gets or sets what each process finds in its environment, besides the point at which it dies.</summary>
    public Dictionary<string, string> Environment { get; } = [];

    /// <summary>Gets or sets for how long the drain may get nothing on: then it ends, and tells what is left.</summary>
    public int DrainSeconds { get; set; } = 30;

    private string File => _folder.File("broker.db");

    /// <summary>Lives and dies so many times.</summary>
    /// <param name="kills">The number of lives.</param>
    /// <param name="most">The most events of a life.</param>
    /// <param name="progress">Is told after each life.</param>
    public void Run(int kills, int most, Action? progress = null)
    {
        for (int i = 0; i < kills; i++)
        {
            // Every second life ends at a named point; the other ones, and those that do not reach theirs, at a random moment.
            string? point = i % 2 == 0 ? null : CrashPoints.All[_random.Next(CrashPoints.All.Count)];
            Live(point, _random.Next(1, point is null || CrashPoints.IsRare(point) ? 3 : 60), point is null ? _random.Next(most / 10, most) : most);
            progress?.Invoke();
        }
    }

    /// <summary>Lives once.</summary>
    /// <param name="point">The named point at which it dies; <see langword="null"/> for none.</param>
    /// <param name="times">How often it reaches the point before.</param>
    /// <param name="events">After how many events it is killed, if it is alive then.</param>
    /// <param name="told">Is called after each event with the process and the number of its events.</param>
    /// <returns>Whether the named point killed it.</returns>
    public bool Live(string? point, int times, int events, Action<WorkloadProcess, int>? told = null)
    {
        var environment = new Dictionary<string, string>(Environment);
        if (point is not null)
        {
            environment[Diagnostics.CrashPoint.Variable] = string.Create(CultureInfo.InvariantCulture, $"{point}:{times}");
        }

        int begin = History.Events.Count;
        using WorkloadProcess process = WorkloadProcess.Start(
            environment, "workload", File, Text(_random.Next()), string.Create(CultureInfo.InvariantCulture, $"{Kills}"), durability.ToString());
        process.Go(_repeated);
        int count = process.ReadAndKill(History, events, told is null ? null : number => told(process, number));
        if (process.ExitCode != KilledExit || process.Hung)
        {
            throw new InvalidOperationException(
                $"Life {Kills} of seed {seed} ended with {process.ExitCode}{(process.Hung ? " because it hung" : "")} after {count} events: {process.Errors}");
        }

        Kills++;
        bool atPoint = point is not null && count < events;
        if (atPoint)
        {
            Points[point!] = Points.GetValueOrDefault(point!) + 1;
        }

        History.Add(new HistoryEvent { Operation = HistoryOperation.Crash, Time = History.Events.Count > begin ? History.Events[^1].Time : 0, Note = point ?? "" });
        ChooseRepeated(begin);
        return atPoint;
    }

    /// <summary>Takes what is left, and holds the history against all invariants.</summary>
    public IReadOnlyList<Violation> DrainAndCheck()
    {
        using WorkloadProcess process = WorkloadProcess.Start(Environment, "drain", File, durability.ToString(), Text(DrainSeconds));
        process.ReadAndKill(History, int.MaxValue);
        if (process.ExitCode != 0 || process.Hung)
        {
            throw new InvalidOperationException($"The drain of seed {seed} ended with {process.ExitCode}: {process.Errors}");
        }

        return Checker.Check(History);
    }

    /// <summary>Gets what the drain could not get, by the broker's own counts: it is there, and not lost.</summary>
    public IEnumerable<string> LeftBehind => History.Of(HistoryOperation.Rest).Select(rest => $"{rest.Subscription}: {rest.Note}");

    public void Dispose() => _folder.Dispose();

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    /// <summary>Some messages that were sent with an id are sent again by the next life, whatever became of them.</summary>
    private void ChooseRepeated(int begin)
    {
        _repeated.Clear();
        for (int at = History.Events.Count - 1; at >= begin && _repeated.Count < MostRepeated; at--)
        {
            HistoryEvent happened = History.Events[at];
            if (happened is { Operation: HistoryOperation.Send, Outcome: HistoryOutcome.Invoked } && happened.Message.EndsWith("-id", StringComparison.Ordinal))
            {
                _repeated.Add($"{happened.Destination} {happened.Message}");
            }
        }
    }

    private long Count(HistoryOperation operation) =>
        History.Events.LongCount(happened => happened.Operation == operation && happened.Outcome == HistoryOutcome.Ok);
}
