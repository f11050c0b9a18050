using Messaging.Storage;

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

    /// <summary>Gets or sets the trim at which it is worth a look again how much of the oldest place is dead.</summary>
    public long NextLook { get; set; }

    /// <summary>Gets or sets the dead numbers above the trim.</summary>
    public DeadRanges Dead { get; set; } = new();

    /// <summary>Gets or sets a value indicating whether the open segment knows the log.</summary>
    public bool IsInOpenSegment { get; set; }

    /// <summary>Gets the log's runs in the open segment.</summary>
    public RunQueue OpenRuns { get; } = new();

    /// <summary>Gets or sets the batch that is being encoded, as a number, and the log's latest run in it.</summary>
    public (long Stamp, int Run) Encoding { get; set; }

    /// <summary>Tells whether a run holds a record that is still needed.</summary>
    public bool IsLive(BatchRun run) => run.Last >= Trim && Dead.Count(run.First, run.Last) < run.Count;

    /// <summary>Takes the records of a run that are still needed.</summary>
    /// <exception cref="InvalidDataException">The lengths in the body do not fit the run.</exception>
    public void TakeLive(BatchRun run, ReadOnlySpan<byte> body, List<StoreAppend> output)
    {
        var records = new List<StoreRecord>();
        var collector = new RecordCollector(new StoreRange(Id, Trim, int.MaxValue, int.MaxValue), records);
        collector.Take(run, body);
        foreach (StoreRecord record in records)
        {
            if (!Dead.Contains(record.Sequence))
            {
                output.Add(new StoreAppend(Id, record.Sequence, record.Payload));
            }
        }
    }
}
