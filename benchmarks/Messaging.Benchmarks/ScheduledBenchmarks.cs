using BenchmarkDotNet.Attributes;
using Messaging.Diagnostics;
using Messaging.Groups;
using Messaging.Logs;
using Messaging.Records;
using Messaging.Producers;
using Messaging.Schedules;
using Messaging.Scheduling;
using Microsoft.Extensions.Logging.Abstractions;

namespace Messaging.Benchmarks;

/// <summary>The scheduling, cancelling and firing of messages in memory, beside those that wait.</summary>
[MemoryDiagnoser]
public class ScheduledBenchmarks
{
    private const long Step = TimeSpan.TicksPerMillisecond;
    private readonly Record _record = new(Body.Shared, sentAt: 1, extras: null);
    private SteppedTime _time = null!;
    private BrokerClock _clock = null!;
    private Scheduler _scheduler = null!;
    private ScheduledMessages _scheduled = null!;
    private MessageLog _log = null!;
    private Random _random = null!;
    private ulong _number;

    [Params(1_000, 100_000, 1_000_000)]
    public int Waiting { get; set; }

    [GlobalSetup]
    public void SetUp()
    {
        _time = new SteppedTime();
        _clock = new BrokerClock(_time);
        _scheduler = new Scheduler(_time, _clock, new PooledWork());
        _log = new MessageLog(id: 1, "benchmark", Durability.Memory, isStored: false, lastSequence: 0);
        _scheduled = new ScheduledMessages(2 * Waiting, _scheduler, writer: null, _clock, NullLogger.Instance, new CountVersion(), new DeduplicationWindow(100_000));
        _random = new Random(5);
        for (int i = 1; i <= Waiting; i++)
        {
            Arm(i);
        }
    }

    [GlobalCleanup]
    public void CleanUp() => _scheduler.Dispose();

    [Benchmark]
    public void ArmAndCancel()
    {
        if (!_scheduled.CancelAsync(Arm(1 + _random.Next(Waiting))).Result)
        {
            throw new InvalidOperationException("A scheduled message could not be cancelled.");
        }
    }

    [Benchmark]
    public long ArmAndFire()
    {
        long before = _log.End;
        Arm(Waiting + 1);
        _time.Step(Step);
        return _log.End == before + 1 ? before : throw new InvalidOperationException($"{_log.End - before} messages were fired instead of one.");
    }

    private MessageId Arm(int steps)
    {
        var id = new MessageId(1, ++_number);
        _scheduled.Add(id, _log, _clock.Now + (steps * Step), _record);
        return id;
    }
}
