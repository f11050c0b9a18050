namespace Messaging.Sqlite.Reading;

/// <summary>Where the reading of each log stopped last, so that reading on does not begin at the start of a segment again.</summary>
/// <remarks>
/// A hint stays true for as long as no record moves to an earlier batch, which only compaction does: all hints are forgotten
/// before it begins, and none is taken from a read that began before it ended.
/// </remarks>
internal sealed class ReadHints
{
    private const int MaxLogs = 16_384;

    private readonly Lock _gate = new();
    private readonly Dictionary<long, (long Sequence, long Batch)> _hints = [];

    // Odd while records are being moved.
    private long _moves;

    /// <summary>Gets what a read shows to use hints and to leave some. Taken before the read sees the file.</summary>
    public long BeginRead() => Volatile.Read(ref _moves);

    /// <summary>Gets a batch before which the log has no record at or after the sequence number.</summary>
    public long FirstBatch(long read, long log, long sequence)
    {
        lock (_gate)
        {
            return read == _moves && _hints.TryGetValue(log, out (long Sequence, long Batch) hint) && sequence >= hint.Sequence ? hint.Batch : 0;
        }
    }

    /// <summary>Remembers that the log's record with this number is in this batch.</summary>
    public void Remember(long read, long log, long sequence, long batch)
    {
        lock (_gate)
        {
            if (read != _moves || IsOdd(read))
            {
                return;
            }

            if (_hints.Count >= MaxLogs)
            {
                _hints.Clear();
            }

            _hints[log] = (sequence, batch);
        }
    }

    /// <summary>Forgets all hints, before records are moved in a transaction.</summary>
    public void BeginMove()
    {
        lock (_gate)
        {
            _hints.Clear();
            _moves += IsOdd(_moves) ? 0 : 1;
        }
    }

    /// <summary>Takes hints again, when no transaction that moves records is under way any more.</summary>
    public void EndMove()
    {
        lock (_gate)
        {
            _moves += IsOdd(_moves) ? 1 : 0;
        }
    }

    private static bool IsOdd(long moves) => moves % 2 != 0;
}
