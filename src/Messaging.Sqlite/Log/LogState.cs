namespace Messaging.Sqlite.Log;

/// <summary>What the writer remembers of a log, independent of how much the log holds.</summary>
internal sealed class LogState(int id, long number)
{
    /// <summary>Means that the log's oldest place was not looked up yet.</summary>
    public const long Unknown = -1;

    /// <summary>Means that the log has no place in a closed segment.</summary>
    public const long None = long.MaxValue;

    /// <summary>Gets the id that the engine knows the log by.</summary>
    public int Id { get; } = id;

    /// <summary>Gets the number that the log has in the file.</summary>
    public long Number { get; } = number;

    /// <summary>Gets or sets the number of the last record; 0 when there is none.</summary>
    public long Last { get; set; }

    /// <summary>Gets or sets the number of the last record that the log's row tells of.</summary>
    public long LastNoted { get; set; }

    /// <summary>Gets or sets the number below which records are dead; <see cref="long.MaxValue"/> for a removed log.</summary>
    public long Trim { get; set; }

    public bool Removed => Trim == long.MaxValue;

    /// <summary>Gets or sets the last sequence number in the log's oldest place in a closed segment.</summary>
    public long OldestPlace { get; set; } = Unknown;

    /// <summary>Gets or sets some of its records, as found at the opening, by number and bytes: enough to tell how large they are.</summary>
    public (long Records, long Bytes) Sample { get; set; }

    /// <summary>Gets the log's live runs in the open segment, oldest first.</summary>
    public Queue<OpenRun> OpenRuns { get; } = new();

    /// <summary>Gets or sets the batch that is being encoded, as a number, and the log's latest run in it.</summary>
    public (long Stamp, int Run) Encoding { get; set; }
}
