using Messaging;

namespace Quickstart;

/// <summary>All that the report tells of a job.</summary>
internal sealed class JobResult
{
    /// <summary>Lines of the input.</summary>
    public long Lines { get; set; }

    /// <summary>Files that the lines are from.</summary>
    public long Files { get; set; }

    /// <summary>The counts, made without a broker.</summary>
    public WordCounts ExpectedWords { get; } = new();

    public LongestLine ExpectedLongest { get; } = new();

    /// <summary>The same counts, as they came out of the two subscriptions.</summary>
    public WordCounts Words { get; } = new();

    public LongestLine Longest { get; } = new();

    /// <summary>The last words of the worker that was killed, or <see langword="null"/> if it was done before.</summary>
    public WorkerProgress? Killed { get; set; }

    /// <summary>The last words of the worker that finished.</summary>
    public WorkerProgress Finished { get; set; } = new();

    public List<DeadLetter> DeadLetters { get; } = [];

    public long Redriven { get; set; }

    public long AckedAfterRedrive { get; set; }

    /// <summary>Deliveries of a line after its first one.</summary>
    public long Redelivered { get; set; }

    /// <summary>Lines that reached a subscription a second time.</summary>
    public long Repeated { get; set; }

    /// <summary>Lines that reached both subscriptions.</summary>
    public long Arrived { get; set; }

    public long Lost => Lines - Arrived;

    /// <summary>Lines that the killed worker had acked: what it had sent, less what lay on disk when the next one looked.</summary>
    public long AckedBeforeKill =>
        Killed is null ? 0 : Killed.Sent + Finished.SentTwice - Finished.Found - Finished.FoundDead;

    public long Acked => AckedBeforeKill + Finished.Acked + AckedAfterRedrive;

    /// <summary>Whether the broker has delivered what counting without it gives, and every line was acked once.</summary>
    public bool IsEqual => Words.IsEqualTo(ExpectedWords) && Longest.Line == ExpectedLongest.Line && Lost == 0 && Acked == Lines;
}
