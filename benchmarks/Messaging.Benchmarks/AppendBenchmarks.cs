using BenchmarkDotNet.Attributes;
using Messaging.Cursors;
using Messaging.Logs;
using Messaging.Records;

namespace Messaging.Benchmarks;

/// <summary>The appending to a log in memory that has a reader, which leaves a thousand messages behind at a time.</summary>
[MemoryDiagnoser]
public class AppendBenchmarks
{
    private const int Count = 1_024;
    private readonly MessageLog _log = new(id: 1, "benchmark", Durability.Memory, isStored: false, lastSequence: 0);
    private readonly Record[] _records = new Record[Count];
    private LogCursor _reader = null!;

    [GlobalSetup]
    public void SetUp()
    {
        Array.Fill(_records, new Record(Body.Shared, sentAt: 1, extras: null));
        _reader = new LogCursor(new SilentOwner(), _log, new CursorState(1));
        _log.Attach(_reader);
    }

    [Benchmark(Baseline = true, OperationsPerInvoke = Count)]
    public long OneByOne()
    {
        foreach (ref readonly Record record in _records.AsSpan())
        {
            _log.Append(record);
        }

        return Leave();
    }

    [Benchmark(OperationsPerInvoke = Count)]
    public long InOneBatch()
    {
        _log.Add(_records, ticket: default).Announce(ticket: default);
        return Leave();
    }

    private long Leave()
    {
        _reader.ShowStart(_log.End);
        _log.TrimNow();
        return _log.Floor == _log.End ? _log.End : throw new InvalidOperationException($"The log was trimmed to {_log.Floor} instead of {_log.End}.");
    }
}
