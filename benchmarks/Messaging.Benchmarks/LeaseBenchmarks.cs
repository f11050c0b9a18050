using BenchmarkDotNet.Attributes;
using Messaging.Cursors;
using Messaging.Dispatch;
using Messaging.Leases;
using Messaging.Logs;
using Messaging.Records;
using Messaging.Scheduling;
using Messaging.State;

namespace Messaging.Benchmarks;

/// <summary>The granting and settling of leases, beside those that are held.</summary>
[MemoryDiagnoser]
public class LeaseBenchmarks
{
    // As many as a consumer's buffer is filled with at once.
    private const int Run = 64;

    private readonly LeaseList _list = new(TimeSpan.TicksPerMinute, retry: null);
    private readonly LogCursor _cursor = new(new SilentOwner(), new MessageLog(1, "benchmark", Durability.Memory, isStored: false, lastSequence: 0), new CursorState(1));
    private readonly Record _record = new(Body.Shared, sentAt: 1, extras: null);
    private readonly long[] _run = new long[Run];
    private SubscriptionState _state = NewState();
    private long[] _held = [];
    private long _stale;
    private long _now;
    private int _oldest;

    [Params(1, 1_000, 100_000)]
    public int Held { get; set; }

    [GlobalSetup]
    public void SetUp()
    {
        _state = NewState();
        _state.InHand.Leases.Held.Add(_list);
        _stale = Grant();
        Settle(_stale);
        _held = new long[Held];
        for (int i = 0; i < Held; i++)
        {
            _held[i] = Grant();
        }

        // These are linked; those of a run are not yet.
        Settle(whole: true);
    }

    [Benchmark(Baseline = true)]
    public void GrantAndSettleTheOldest()
    {
        Settle(_held[_oldest]);
        _held[_oldest] = Grant();
        _oldest = _oldest + 1 < Held ? _oldest + 1 : 0;
    }

    /// <summary>As messages pass that are acknowledged before anybody looks: a look for a whole run.</summary>
    [Benchmark(OperationsPerInvoke = Run)]
    public long GrantAckAndLook()
    {
        for (int i = 0; i < Run; i++)
        {
            _run[i] = Grant(_cursor.State.Take());
        }

        foreach (long number in _run)
        {
            if (!_state.InHand.Leases.TryAck(number, out _))
            {
                throw new InvalidOperationException($"Lease {number} is not held.");
            }
        }

        long settled = Settle(whole: false);
        return settled == Run ? settled : throw new InvalidOperationException($"{settled} of {Run} leases were settled.");
    }

    private long Settle(bool whole)
    {
        int slot = _state.InHand.Leases.First;
        return _state.SettleAcks(ref slot, whole).Count;
    }

    [Benchmark]
    public void GrantAndSettleTheNewest() => Settle(Grant());

    /// <summary>An ack that comes too late: its slot is another lease's by now.</summary>
    [Benchmark]
    public bool SettleStale() =>
        _state.InHand.Leases.TrySettle(_stale, out _) ? throw new InvalidOperationException("A stale number settled a lease.") : true;

    [Benchmark]
    public bool LookForExpired() =>
        _state.InHand.Leases.TryTakeExpired(_now, out _) ? throw new InvalidOperationException("A lease expired before its time.") : true;

    private static SubscriptionState NewState() =>
        new("benchmark", new DispatchBuffer(new BrokerClock(TimeProvider.System)), new SilentOwner(), now: 0);

    private long Grant() => Grant(sequence: 0);

    private long Grant(long sequence)
    {
        long number = _state.InHand.Leases.Offer(new Buffered(_cursor, sequence, _record, attempts: 0, failures: 0));
        _state.InHand.Leases.Grant(number, _list, ++_now + _list.Duration, renewUntil: 0, lost: null);
        return number;
    }

    private void Settle(long number)
    {
        if (!_state.InHand.Leases.TrySettle(number, out _))
        {
            throw new InvalidOperationException($"Lease {number} is not held.");
        }
    }
}
