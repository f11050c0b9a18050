using System.Collections.Concurrent;

namespace Messaging.Sqlite.Batches;

/// <summary>Where the reading of each log stopped last, so that reading on does not begin at the start of a segment again.</summary>
/// <remarks>
/// A hint stays true for as long as no record moves to an earlier batch, which only compaction does. So each belongs to the
/// time between two moves: none is used or left by a read that began at another time, or while records are being moved.
/// </remarks>
internal sealed class ReadHints
{
    private const int MaxLogs = 16_384;

    private readonly ConcurrentDictionary<long, (long Read, long Sequence, long Batch)> _hints = new();
    private int _count;

    // Odd while records are being moved.
    private long _moves;

    /// <summary>Gets what a read shows to use hints and to leave some. Taken before the read sees the file.</summary>
    public long BeginRead() => Volatile.Read(ref _moves);

    /// <summary>Gets a batch before which the log has no record at or after the sequence number. Asked when the read has seen the file.</summary>
    public long FirstBatch(long read, long log, long sequence) =>
        _hints.TryGetValue(log, out (long Read, long Sequence, long Batch) hint)
        && hint.Read == read && read == Volatile.Read(ref _moves) && sequence >= hint.Sequence
            ? hint.Batch
            : 0;

    /// <summary>Remembers that the log's record with this number is in this batch.</summary>
    public void Remember(long read, long log, long sequence, long batch)
    {
        if (IsOdd(read))
        {
            return;
        }

        if (!_hints.ContainsKey(log) && Interlocked.Increment(ref _count) > MaxLogs)
        {
            Volatile.Write(ref _count, 0);
            _hints.Clear();
        }

        _hints[log] = (read, sequence, batch);
    }

    /// <summary>Ends the time of all hints, before records are moved in a transaction. Called by the writer.</summary>
    public void BeginMove() => Volatile.Write(ref _moves, _moves + (IsOdd(_moves) ? 0 : 1));

    /// <summary>Takes hints again, when no transaction that moves records is under way any more. Called by the writer.</summary>
    public void EndMove() => Volatile.Write(ref _moves, _moves + (IsOdd(_moves) ? 1 : 0));

    private static bool IsOdd(long moves) => moves % 2 != 0;
}
