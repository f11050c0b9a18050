using Messaging.Sqlite.Batches;
using Messaging.Sqlite.Log;

namespace Messaging.Sqlite.Segments;

/// <summary>The newest batches, whose directories are kept in memory: what is consumed here is deleted by the batch.</summary>
internal sealed class OpenSegment
{
    private const int MaxBatches = 256;
    private const long MaxBytes = 4 << 20;

    // All logs that have had runs here: taking those out that are consumed, to put them in again with the next commit, costs more.
    private readonly List<LogState> _logs = [];
    private int _live;
    private long _bytes;
    private long _liveBytes;

    /// <summary>Gets a value indicating whether it has grown to its size.</summary>
    public bool IsFull => _live >= MaxBatches || _bytes >= MaxBytes;

    /// <summary>Gets a value indicating whether more than half of it is dead, so that a few survivors pin the rest.</summary>
    public bool IsSparse => _liveBytes < _bytes / 2;

    /// <summary>Gets a value indicating whether it cannot wait any longer for its survivors to be gathered.</summary>
    public bool IsOverfull => _live >= 4 * MaxBatches || _bytes >= 4 * MaxBytes;

    /// <summary>Gets what its batches take.</summary>
    public long Bytes => _bytes;

    /// <summary>Gets the first batch.</summary>
    public long First { get; private set; }

    /// <summary>Gets or sets the id of the next batch.</summary>
    /// <remarks>Ids are not given twice while the store is open, even after a rollback: readers remember where they stopped. So it never falls, and
    /// <see cref="Clear"/> leaves it.</remarks>
    public long NextBatch { get; set; }

    /// <summary>Gets the batches that nobody needs any more; whoever deletes them clears it.</summary>
    public List<long> Dead { get; } = [];

    /// <summary>Finds the logs that have live runs here.</summary>
    public List<LogState> Logs() => _logs.FindAll(log => log.OpenRuns.Count > 0);

    public void Clear()
    {
        foreach (LogState log in _logs)
        {
            log.OpenRuns.Clear();
            log.OpenRuns.IsListed = false;
        }

        _logs.Clear();
        _live = 0;
        _bytes = 0;
        _liveBytes = 0;
    }

    /// <summary>Adds a batch; its runs follow.</summary>
    public void Add(OpenBatch batch)
    {
        First = _live == 0 ? batch.Id : First;
        _live++;
        _bytes += batch.Bytes;
    }

    public void Add(OpenBatch batch, LogState log, BatchRun run)
    {
        batch.LiveRuns++;
        _liveBytes += run.Bytes;
        if (!log.OpenRuns.IsListed)
        {
            log.OpenRuns.IsListed = true;
            _logs.Add(log);
        }

        log.OpenRuns.Enqueue(new OpenRun(batch, run));
    }

    /// <summary>Drops the runs of a log that are wholly below its trim.</summary>
    public void Trim(LogState log)
    {
        while (log.OpenRuns.Count > 0 && (log.OpenRuns[0].Last < log.Live.Trim || log.OpenRuns[0].Live == 0))
        {
            SetLive(ref log.OpenRuns[0], 0);
            log.OpenRuns.Dequeue();
        }

        if (log.Removed && log.OpenRuns.IsListed)
        {
            log.OpenRuns.IsListed = false;
            _logs.Remove(log);
        }
    }

    /// <summary>Counts anew what is live in the runs of a log between two numbers, of which some have died.</summary>
    /// <param name="log">The log.</param>
    /// <param name="first">The first number.</param>
    /// <param name="last">The last number.</param>
    public void Recount(LogState log, long first, long last)
    {
        for (int i = log.OpenRuns.IndexOf(first); i < log.OpenRuns.Count && log.OpenRuns[i].First <= last; i++)
        {
            ref OpenRun run = ref log.OpenRuns[i];
            SetLive(ref run, log.Live.CountFrom(run.First, run.Last));
        }

        Trim(log);
    }

    /// <summary>Drops a batch that turned out to have no live run.</summary>
    public void Drop(OpenBatch batch)
    {
        Dead.Add(batch.Id);
        _live--;
        _bytes -= batch.Bytes;
    }

    private void SetLive(ref OpenRun run, long live)
    {
        if (run.Live == live)
        {
            return;
        }

        _liveBytes -= run.LiveBytes;
        run.Live = live;
        _liveBytes += run.LiveBytes;
        if (live == 0 && --run.Batch.LiveRuns == 0)
        {
            Drop(run.Batch);
        }
    }
}
