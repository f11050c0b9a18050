using Messaging.Sqlite.Batches;
using Messaging.Storage;

namespace Messaging.Sqlite.Log;

/// <summary>Which records of a log are still needed: those from its trim on that are not dead.</summary>
internal sealed class LiveRecords
{
    private readonly DeadRanges _dead = new();

    /// <summary>Gets or sets the number below which records are dead; <see cref="long.MaxValue"/> for a removed log. It moves back when a commit was not made.</summary>
    public long Trim { get; set; }

    /// <summary>Gets a value indicating whether it says anything: after an opening all records are needed until the first trim.</summary>
    public bool IsKnown => Trim > 0 || !_dead.IsEmpty;

    /// <summary>Gets the first and the last dead number above the trim; <see langword="null"/> when there is none.</summary>
    public (long First, long Last)? Dead => _dead.IsEmpty ? null : (_dead.First, _dead.Last);

    /// <summary>Forgets the dead numbers below the trim.</summary>
    public void ForgetTrimmed() => _dead.RemoveBelow(Trim);

    /// <summary>Adds dead numbers above the trim.</summary>
    /// <param name="dead">The ranges, in any order; they are sorted.</param>
    public void AddDead(List<(long First, long Last)> dead)
    {
        _dead.Add(dead);
        ForgetTrimmed();
    }

    /// <summary>Counts the numbers between two that are not dead; the trim is not asked.</summary>
    public long CountFrom(long first, long last) => last - first + 1 - _dead.Count(first, last);

    /// <summary>Tells whether a run holds a record that is needed.</summary>
    public bool Includes(BatchRun run) => run.Last >= Trim && CountFrom(run.First, run.Last) > 0;

    /// <summary>Takes the records of a run that are needed.</summary>
    /// <param name="log">The id of the log.</param>
    /// <param name="run">The run.</param>
    /// <param name="body">The bytes of the run.</param>
    /// <param name="output">Receives them.</param>
    /// <exception cref="InvalidDataException">The lengths in the body do not fit the run.</exception>
    public void Take(int log, BatchRun run, ReadOnlySpan<byte> body, List<StoreAppend> output)
    {
        var records = new List<StoreRecord>();
        var collector = new RecordCollector(new StoreRange(log, Trim, int.MaxValue, int.MaxValue), records);
        collector.Take(run, body);
        foreach (StoreRecord record in records)
        {
            if (!_dead.Contains(record.Sequence))
            {
                output.Add(new StoreAppend(log, record.Sequence, record.Payload));
            }
        }
    }
}
