using Messaging.Diagnostics;
using Messaging.Scheduling;
using Messaging.Testing;

namespace Messaging.Engine.Tests.Scheduling;

public sealed class SchedulerTests : IDisposable
{
    private readonly VirtualTime _time = new();
    private readonly PooledWork _work = new();
    private readonly BrokerClock _clock;
    private readonly Scheduler _scheduler;
    private readonly List<string> _rings = [];
    private readonly long _start;

    public SchedulerTests()
    {
        _clock = new BrokerClock(_time);
        _scheduler = new Scheduler(_time, _clock, _work);
        _start = _clock.Now;
    }

    public void Dispose() => _scheduler.Dispose();

    [Fact]
    public void Alarms_OfSeveralTimes_RingInTheirOrderAndNeverEarly()
    {
        Alarm("c").SetNoLaterThan(_start + 30);
        Alarm("a").SetNoLaterThan(_start + 10);
        Alarm("b").SetNoLaterThan(_start + 20);

        Advance(9);
        _rings.Should().BeEmpty();
        Advance(1);
        _rings.Should().Equal("a@10");
        Advance(100);
        _rings.Should().Equal("a@10", "b@20", "c@30");
    }

    [Fact]
    public void Alarms_OfOneTime_RingInTheOrderOfSetting()
    {
        Alarm("b").SetNoLaterThan(_start + 10);
        Alarm("a").SetNoLaterThan(_start + 10);

        Advance(10);

        _rings.Should().Equal("b@10", "a@10");
    }

    [Fact]
    public void SetNoLaterThan_AnEarlierTime_ReplacesTheLaterOne()
    {
        Alarm alarm = Alarm("a");
        alarm.SetNoLaterThan(_start + 50);
        alarm.SetNoLaterThan(_start + 20);

        Advance(100);

        _rings.Should().Equal("a@20");
    }

    [Fact]
    public void SetNoLaterThan_ALaterTime_KeepsTheEarlierOne()
    {
        Alarm alarm = Alarm("a");
        alarm.SetNoLaterThan(_start + 20);
        alarm.SetNoLaterThan(_start + 50);

        Advance(100);

        _rings.Should().Equal("a@20");
    }

    [Fact]
    public void SetNoLaterThan_AfterItRang_RingsAgain()
    {
        Alarm alarm = Alarm("a");
        alarm.SetNoLaterThan(_start + 20);
        Advance(20);

        alarm.SetNoLaterThan(_start + 50);
        Advance(30);

        _rings.Should().Equal("a@20", "a@50");
    }

    [Fact]
    public void Callback_ThatSetsItsAlarm_RingsAtEachTime()
    {
        Alarm alarm = null!;
        alarm = _scheduler.CreateAlarm(now =>
        {
            _rings.Add($"{now - _start}");
            if (_rings.Count < 4)
            {
                alarm.SetNoLaterThan(now + 5);
            }
        });
        alarm.SetNoLaterThan(_start + 5);

        Advance(100);

        _rings.Should().Equal("5", "10", "15", "20");
    }

    [Fact]
    public void Clear_OfASetAlarm_KeepsItSilentAndOthersRinging()
    {
        Alarm cleared = Alarm("a");
        cleared.SetNoLaterThan(_start + 10);
        Alarm("b").SetNoLaterThan(_start + 20);

        cleared.Clear();
        Advance(100);
        _rings.Should().Equal("b@20");

        cleared.SetNoLaterThan(_start + 110);
        Advance(10);
        _rings.Should().Equal("b@20", "a@110");
    }

    [Fact]
    public async Task SetNoLaterThan_ATimeThatHasPassed_RingsWithoutATimer()
    {
        var rang = new TaskCompletionSource<long>(TaskCreationOptions.RunContinuationsAsynchronously);

        _scheduler.CreateAlarm(rang.SetResult).SetNoLaterThan(_start - 1);

        (await rang.Task).Should().Be(_start, "the clock has not moved");
        await _work.WhenIdleAsync();
    }

    [Fact]
    public async Task SetNoLaterThan_FromManyThreads_KeepsTheEarliestTime()
    {
        const int Threads = 4;
        const int Rounds = 2_000;
        Alarm[] alarms = [.. Enumerable.Range(0, Rounds).Select(_ => _scheduler.CreateAlarm(static _ => { }))];
        using var barrier = new Barrier(Threads);
        void SetAll(int thread)
        {
            for (int round = 0; round < Rounds; round++)
            {
                barrier.SignalAndWait();
                alarms[round].SetNoLaterThan(_start + TimeSpan.TicksPerHour + ((thread + round) % Threads));
            }
        }

        await Task.WhenAll(Enumerable.Range(0, Threads).Select(thread => Task.Factory.StartNew(
            () => SetAll(thread), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default)));

        alarms.Select(alarm => alarm.Due).Distinct().Should().Equal(_start + TimeSpan.TicksPerHour);
    }

    [Fact]
    public void Dispose_WithAlarmsSet_RingsNoMore()
    {
        Alarm alarm = Alarm("a");
        alarm.SetNoLaterThan(_start + 10);

        _scheduler.Dispose();
        alarm.SetNoLaterThan(_start + 5);
        Advance(100);

        _rings.Should().BeEmpty();
    }

    [Fact]
    public async Task Delay_WhoseTimeComes_Completes()
    {
        Task delay = _scheduler.DelayAsync(TimeSpan.FromSeconds(1), out _);

        Advance(TimeSpan.TicksPerSecond - 1);
        delay.IsCompleted.Should().BeFalse();
        Advance(1);

        await delay;
    }

    [Fact]
    public async Task Delay_WhoseSchedulerIsDisposed_CompletesAtOnce()
    {
        Task before = _scheduler.DelayAsync(TimeSpan.FromSeconds(1), out _);
        _scheduler.Dispose();
        Task after = _scheduler.DelayAsync(TimeSpan.FromSeconds(1), out _);

        await before.WaitAsync(TimeSpan.FromSeconds(30));
        await after.WaitAsync(TimeSpan.FromSeconds(30));
    }

    private Alarm Alarm(string name) => _scheduler.CreateAlarm(now => _rings.Add($"{name}@{now - _start}"));

    private void Advance(long ticks) => _time.Advance(TimeSpan.FromTicks(ticks));
}
