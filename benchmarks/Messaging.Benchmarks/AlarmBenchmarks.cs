using BenchmarkDotNet.Attributes;
using Messaging.Diagnostics;
using Messaging.Scheduling;

namespace Messaging.Benchmarks;

/// <summary>The arming, clearing and ringing of alarms, beside those that wait. Each subscription has one.</summary>
[MemoryDiagnoser]
public class AlarmBenchmarks
{
    private const long Step = TimeSpan.TicksPerMillisecond;
    private SteppedTime _time = null!;
    private BrokerClock _clock = null!;
    private Scheduler _scheduler = null!;
    private Alarm _lone = null!;
    private Random _random = null!;
    private long _rung;

    [Params(1_000, 100_000, 1_000_000)]
    public int Waiting { get; set; }

    [GlobalSetup]
    public void SetUp()
    {
        _time = new SteppedTime();
        _clock = new BrokerClock(_time);
        _scheduler = new Scheduler(_time, _clock, new PooledWork());
        _random = new Random(5);
        _lone = _scheduler.CreateAlarm(static _ => { });
        for (int i = 1; i <= Waiting; i++)
        {
            Alarm alarm = null!;
            alarm = _scheduler.CreateAlarm(now =>
            {
                _rung++;
                alarm.SetNoLaterThan(now + (Waiting * Step));
            });
            alarm.SetNoLaterThan(_clock.Now + (i * Step));
        }
    }

    [GlobalCleanup]
    public void CleanUp() => _scheduler.Dispose();

    [Benchmark]
    public void ArmAndClear()
    {
        _lone.SetNoLaterThan(_clock.Now + ((1 + _random.Next(Waiting)) * Step));
        _lone.Clear();
    }

    [Benchmark]
    public long RingAndArmAgain()
    {
        long before = _rung;
        _time.Step(Step);
        return _rung == before + 1 ? _rung : throw new InvalidOperationException($"{_rung - before} alarms rang instead of one.");
    }
}
