using BenchmarkDotNet.Attributes;
using Messaging.Dispatch;
using Messaging.Leases;
using Messaging.Storage;

namespace Messaging.Benchmarks;

/// <summary>The granting and settling of leases, beside those that are held.</summary>
[MemoryDiagnoser]
public class LeaseBenchmarks
{
    private readonly LeaseList _list = new(TimeSpan.TicksPerMinute, retry: null);
    private readonly Buffered _item = new(cursor: null!, sequence: 1, new Record(Body.Shared, sentAt: 1, extras: null), attempts: 1, failures: 0);
    private LeaseTable _table = new();
    private long[] _held = [];
    private long _stale;
    private long _now;
    private int _oldest;

    [Params(1, 1_000, 100_000)]
    public int Held { get; set; }

    [GlobalSetup]
    public void SetUp()
    {
        _table = new LeaseTable();
        _table.AddList(_list);
        _stale = Grant();
        Settle(_stale);
        _held = new long[Held];
        for (int i = 0; i < Held; i++)
        {
            _held[i] = Grant();
        }
    }

    [Benchmark(Baseline = true)]
    public void GrantAndSettleTheOldest()
    {
        Settle(_held[_oldest]);
        _held[_oldest] = Grant();
        _oldest = _oldest + 1 < Held ? _oldest + 1 : 0;
    }

    [Benchmark]
    public void GrantAndSettleTheNewest() => Settle(Grant());

    /// <summary>An ack that comes too late: its slot is another lease's by now.</summary>
    [Benchmark]
    public bool SettleStale() =>
        _table.TrySettle(_stale, out _, out _, out _) ? throw new InvalidOperationException("A stale number settled a lease.") : true;

    [Benchmark]
    public bool LookForExpired() =>
        _table.TryTakeExpired(_now, out _) ? throw new InvalidOperationException("A lease expired before its time.") : true;

    private long Grant() => _table.Grant(_list, _item, ++_now, renewUntil: 0, lost: null);

    private void Settle(long number)
    {
        if (!_table.TrySettle(number, out _, out _, out _))
        {
            throw new InvalidOperationException($"Lease {number} is not held.");
        }
    }
}
