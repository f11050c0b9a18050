namespace Quickstart;

/// <summary>What the worker process tells the first process, one line of JSON at a time.</summary>
internal sealed record WorkerProgress
{
    /// <summary>Messages that the worker found on disk when it opened the file: not settled yet.</summary>
    public long Found { get; init; }

    /// <summary>Dead letters that it found on disk.</summary>
    public long FoundDead { get; init; }

    /// <summary>Lines confirmed to be on disk, from the first line of the input.</summary>
    public long Sent { get; init; }

    /// <summary>Lines that it sent although they were on disk already.</summary>
    public long SentTwice { get; init; }

    /// <summary>Lines that it handled although they had been done.</summary>
    public long HandledTwice { get; init; }

    /// <summary>Lines acked by this worker.</summary>
    public long Acked { get; init; }

    /// <summary>Lines settled for good, acked or dead-lettered, from the first line of the input.</summary>
    public long Settled { get; init; }

    public bool Finished { get; init; }
}
