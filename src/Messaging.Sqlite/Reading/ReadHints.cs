namespace Messaging.Sqlite.Reading;

/// <summary>Where the reading of each log stopped last, so that reading on does not begin at the start of a segment again.</summary>
/// <remarks>A hint stays true for good: records never move to an earlier batch.</remarks>
internal sealed class ReadHints
{
    private const int MaxLogs = 16_384;

    private readonly Lock _gate = new();
    private readonly Dictionary<long, (long Sequence, long Batch)> _hints = [];

    /// <summary>Gets a batch before which the log has no record at or after the sequence number.</summary>
    public long FirstBatch(long log, long sequence)
    {
        lock (_gate)
        {
            return _hints.TryGetValue(log, out (long Sequence, long Batch) hint) && sequence >= hint.Sequence ? hint.Batch : 0;
        }
    }

    /// <summary>Remembers that the log's record with this number is in this batch.</summary>
    public void Remember(long log, long sequence, long batch)
    {
        lock (_gate)
        {
            if (_hints.Count >= MaxLogs)
            {
                _hints.Clear();
            }

            _hints[log] = (sequence, batch);
        }
    }
}
