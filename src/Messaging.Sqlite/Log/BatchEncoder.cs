using System.Runtime.InteropServices;
using Messaging.Sqlite.Batches;
using Messaging.Sqlite.Format;
using Messaging.Storage;

namespace Messaging.Sqlite.Log;

/// <summary>The making of batches: about 64 KiB of records each, grouped by log, in buffers that are used again.</summary>
internal sealed class BatchEncoder
{
    private const int TargetBytes = 64 * 1024;
    private const int KeptBytes = 1 << 20;

    private readonly List<BatchRun> _runs = [];
    private readonly List<LogState> _logs = [];
    private int[] _runOf = new int[64];
    private byte[] _body = new byte[TargetBytes + 4_096];
    private byte[] _directory = new byte[1_024];
    private int _bodyLength;
    private int _directoryLength;
    private long _stamp;

    public ReadOnlySpan<byte> Body => _body.AsSpan(0, _bodyLength);

    public ReadOnlySpan<byte> Directory => _directory.AsSpan(0, _directoryLength);

    /// <summary>Gets the runs of the batch.</summary>
    public ReadOnlySpan<BatchRun> Runs => CollectionsMarshal.AsSpan(_runs);

    /// <summary>Gets the logs of the runs.</summary>
    public ReadOnlySpan<LogState> Logs => CollectionsMarshal.AsSpan(_logs);

    /// <summary>Makes the next batch and returns how many records it took, at least 1.</summary>
    /// <param name="batch">The id of the batch.</param>
    /// <param name="appends">The records that are left.</param>
    /// <param name="logs">The logs.</param>
    /// <param name="again">Whether the records were in the log before: they need not follow its last one.</param>
    public int Encode(long batch, ReadOnlySpan<StoreAppend> appends, LogTable logs, bool again = false)
    {
        int taken = Group(appends, logs, again);
        Lay();
        Fill(appends[..taken]);
        WriteDirectory(batch);
        return taken;
    }

    // First the sizes: how many records fit, and which run each belongs to.
    private int Group(ReadOnlySpan<StoreAppend> appends, LogTable logs, bool again)
    {
        _runs.Clear();
        _logs.Clear();
        _stamp++;
        int total = 0;
        int taken = 0;
        LogState? log = null;
        foreach (ref readonly StoreAppend append in appends)
        {
            int bytes = Varint.Length((ulong)append.Payload.Length) + append.Payload.Length;
            if (taken > 0 && total + bytes > TargetBytes)
            {
                break;
            }

            log = log is not null && log.Id == append.Log ? log : logs.GetOrAdd(append.Log);
            if (taken == _runOf.Length)
            {
                Array.Resize(ref _runOf, 2 * taken);
            }

            if (!again)
            {
                log.Follow(append.Sequence);
            }

            _runOf[taken++] = Extend(log, append.Sequence, bytes);
            total += bytes;
        }

        _bodyLength = total;
        return taken;
    }

    private int Extend(LogState log, long sequence, int bytes)
    {
        if (log.Encoding.Stamp == _stamp)
        {
            ref BatchRun run = ref CollectionsMarshal.AsSpan(_runs)[log.Encoding.Run];
            if (sequence == run.Last + 1)
            {
                run = run with { Count = run.Count + 1, Bytes = run.Bytes + bytes };
                return log.Encoding.Run;
            }
        }

        log.Encoding = (_stamp, _runs.Count);
        _runs.Add(new BatchRun(log.Number, sequence, 1, 0, bytes));
        _logs.Add(log);
        return _runs.Count - 1;
    }

    // Then the places: the runs lie one behind the other.
    private void Lay()
    {
        int offset = 0;
        foreach (ref BatchRun run in CollectionsMarshal.AsSpan(_runs))
        {
            run = run with { Offset = offset };
            offset += run.Bytes;
        }

        if (_body.Length < _bodyLength || (_body.Length > KeptBytes && _bodyLength <= TargetBytes))
        {
            _body = new byte[Math.Max(_bodyLength, TargetBytes + 4_096)];
        }
    }

    private void Fill(ReadOnlySpan<StoreAppend> appends)
    {
        Span<int> next = _runs.Count <= 256 ? stackalloc int[_runs.Count] : new int[_runs.Count];
        for (int i = 0; i < next.Length; i++)
        {
            next[i] = _runs[i].Offset;
        }

        for (int i = 0; i < appends.Length; i++)
        {
            ReadOnlySpan<byte> payload = appends[i].Payload.Span;
            ref int position = ref next[_runOf[i]];
            position = Varint.Write(_body, position, (ulong)payload.Length);
            payload.CopyTo(_body.AsSpan(position));
            position += payload.Length;
        }
    }

    private void WriteDirectory(long batch)
    {
        int needed = BatchDirectory.MaxLength(_runs.Count);
        if (_directory.Length < needed)
        {
            _directory = new byte[needed];
        }

        _directoryLength = BatchDirectory.Write(batch, Runs, Checksum.Of(Body, batch), _directory);
    }
}
