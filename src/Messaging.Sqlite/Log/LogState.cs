namespace Messaging.Sqlite.Log;

/// <summary>What the writer remembers of a log, independent of how much the log holds. Each part is changed by one owner.</summary>
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

    /// <summary>Gets or sets the number of the last record; 0 when there is none. Recovery's, and <see cref="Follow"/>'s.</summary>
    public long Last { get; set; }

    /// <summary>Gets or sets the number of the last record that the log's row tells of. The log table's.</summary>
    public long LastNoted { get; set; }

    /// <summary>Gets the records that are still needed. The trims'.</summary>
    public LiveRecords Live { get; private set; } = new();

    public bool Removed => Live.Trim == long.MaxValue;

    /// <summary>Gets the log's runs in the open segment. That segment's.</summary>
    public OpenRuns OpenRuns { get; } = new();

    /// <summary>Gets or sets the last sequence number in the log's oldest place in a closed segment. The closed segments'.</summary>
    public long OldestPlace { get; set; } = Unknown;

    /// <summary>Gets or sets the batch that is being encoded, as a number, and the log's latest run in it. The encoder's.</summary>
    public (long Stamp, int Run) Encoding { get; set; }

    /// <summary>Takes the next record.</summary>
    /// <exception cref="ArgumentException">It does not follow the last one.</exception>
    public void Follow(long sequence)
    {
        if (sequence <= Last || sequence < 1)
        {
            throw new ArgumentException($"Record {sequence} of log {Id} does not follow record {Last}.", nameof(sequence));
        }

        Last = sequence;
    }

    /// <summary>Takes over what is still needed from what was remembered of the same log before.</summary>
    public void Keep(LogState before) => Live = before.Live;
}
