using Messaging.Diagnostics;
using Messaging.Scheduling;
using Messaging.Testing;
using Messaging.TestSupport;

namespace Messaging.Engine.Tests.Scheduling;

/// <summary>Callbacks and timers that throw or call back, and a scheduler that goes on.</summary>
public sealed class HostileTimerTests : IDisposable
{
    private readonly VirtualTime _inner = new();
    private readonly VirtualTime _fallback = new();
    private readonly FaultyTime _time;
    private readonly CountingLog _log = new();
    private readonly PooledWork _work = new();
    private readonly Scheduler _scheduler;
    private readonly List<string> _rings = [];
    private readonly long _start;

    public HostileTimerTests()
    {
        _time = new FaultyTime(_inner);
        var clock = new BrokerClock(_time, _work, _log);
        _scheduler = new Scheduler(_time, clock, _work, _log, _fallback);
        _start = clock.Now;
    }

    public void Dispose() => _scheduler.Dispose();

    [Fact]
    public async Task Callback_ThatThrows_LetsTheOthersRingAndRingsAgain()
    {
        int calls = 0;
        Alarm hostile = _scheduler.CreateAlarm(_ => _ = ++calls == 1 ? throw new InvalidOperationException() : calls, "orders");
        hostile.SetNoLaterThan(_start + 10);
        Alarm("a").SetNoLaterThan(_start + 10);
        Alarm("b").SetNoLaterThan(_start + 20);

        Advance(20);

        _rings.Should().Equal("a@10", "b@20");
        await _work.WhenIdleAsync();
        _log.Events.Should().Equal(31);
        Advance(TimeSpan.TicksPerSecond);
        calls.Should().Be(2, "it rings again after a second");
        Alarm("c").SetNoLaterThan(_start + TimeSpan.TicksPerSecond + 50);
        Advance(100);
        _rings.Should().Equal("a@10", "b@20", $"c@{TimeSpan.TicksPerSecond + 50}");
    }

    [Theory]
    [InlineData(5, 5)]
    [InlineData(20, 0)]
    public async Task Clock_ThatIsMovedWhileTheTimerIsBeingSet_MakesNoAlarmLate(int moved, int left)
    {
        _time.Changing = () =>
        {
            _time.Changing = null;
            _inner.Advance(TimeSpan.FromTicks(moved));
        };

        Alarm("a").SetNoLaterThan(_start + 10);
        await _work.WhenIdleAsync();
        Advance(left);

        _rings.Should().Equal($"a@{moved + left}");
    }

    [Fact]
    public async Task Timer_ThatCannotBeSetOnce_IsSetAtOnceByItself()
    {
        _time.FailChanges(1);
        Alarm("a").SetNoLaterThan(_start + 10);
        await _work.WhenIdleAsync();

        Advance(10);

        _rings.Should().Equal("a@10");
        _log.Events.Should().Equal(32);
    }

    [Fact]
    public void Timer_ThatIsSetAgainBeforeItsFirstSettingHasReturned_IsSet()
    {
        var work = new FasterWork();
        using var scheduler = new Scheduler(_time, new BrokerClock(_time, work, _log), work, _log, _fallback);
        _time.FailChanges(1);
        scheduler.CreateAlarm(now => _rings.Add($"a@{now - _start}")).SetNoLaterThan(_start + 10);

        Advance(10);

        _rings.Should().Equal("a@10");
    }

    [Fact]
    public async Task Timer_ThatCannotBeSetForLong_IsSetEachSecondByItself()
    {
        _time.FailChanges(4);
        Alarm("a").SetNoLaterThan(_start + 10);
        await _work.WhenIdleAsync();
        _time.Changes.Should().HaveCount(2, "it was tried again at once");

        _fallback.Advance(TimeSpan.FromSeconds(2));
        _time.Changes.Should().HaveCount(4);
        _fallback.Advance(TimeSpan.FromSeconds(1));
        Advance(10);

        _rings.Should().Equal("a@10");
        _log.Events.Should().Equal([32], "an outage is logged once");
        _fallback.ArmedTimers.Should().Be(0);
    }

    [Fact]
    public async Task Timer_ThatCouldNotBeSet_IsSetByTheNextAlarm()
    {
        _time.FailChanges(2);
        Alarm("a").SetNoLaterThan(_start + 10);
        await _work.WhenIdleAsync();

        Alarm("b").SetNoLaterThan(_start + 20);
        Advance(20);

        _rings.Should().Equal("a@10", "b@20");
    }

    [Fact]
    public void Timer_ThatSetsAnAlarmWhileItIsSet_IsArmedForTheEarlierOne()
    {
        Alarm inner = Alarm("inner");
        _time.Changing = () =>
        {
            _time.Changing = null;
            inner.SetNoLaterThan(_start + 5);
        };
        Alarm("outer").SetNoLaterThan(_start + 10);

        Advance(5);
        _rings.Should().Equal("inner@5");
        Advance(5);
        _rings.Should().Equal("inner@5", "outer@10");
    }

    [Fact]
    public void Timer_ThatWaitsForAnotherThreadWhileItIsSet_HoldsNoLock()
    {
        Alarm other = Alarm("other");
        bool ended = false;
        _time.Changing = () =>
        {
            _time.Changing = null;
            ended = Task.Factory.StartNew(
                () => other.SetNoLaterThan(_start + 5), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default)
                .Wait(TimeSpan.FromSeconds(30));
        };

        Alarm("a").SetNoLaterThan(_start + 10);
        ended.Should().BeTrue();
        Advance(10);

        _rings.Should().Equal("other@5", "a@10");
    }

    [Fact]
    public void Alarm_FartherThanAnyTimerCounts_RingsInItsTime()
    {
        long far = 1_000 * TimeSpan.TicksPerDay;
        Alarm("far").SetNoLaterThan(_start + far);
        Alarm("never").SetNoLaterThan(long.MaxValue - 1);

        _inner.Advance(TimeSpan.FromTicks(far - 1));
        _rings.Should().BeEmpty();
        _inner.Advance(TimeSpan.FromTicks(1));

        _rings.Should().Equal($"far@{far}");
        _time.Changes.Max().Should().Be(TimeSpan.FromDays(40));
    }

    [Fact]
    public async Task Alarms_SetByManyThreadsWhileTheTimerRings_RingAll()
    {
        const int Threads = 4;
        const int Each = 500;
        int rings = 0;
        Task[] setting = [.. Enumerable.Range(0, Threads).Select(thread => Task.Factory.StartNew(
            () =>
            {
                for (int i = 1; i <= Each; i++)
                {
                    _scheduler.CreateAlarm(_ => Interlocked.Increment(ref rings)).SetNoLaterThan(_start + (i * Threads) + thread);
                }
            },
            CancellationToken.None,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default))];
        while (!Task.WhenAll(setting).IsCompleted)
        {
            Advance(1);
        }

        await Task.WhenAll(setting);
        Advance(Each * Threads * 2);
        await _work.WhenIdleAsync();

        rings.Should().Be(Threads * Each);
    }

    [Fact]
    public void Dispose_WhileTheTimerIsSet_RingsNoMoreAndSetsNoMore()
    {
        _time.FailChanges(1);
        _time.Changing = _scheduler.Dispose;

        Alarm("a").SetNoLaterThan(_start + 10);
        Advance(100);

        _rings.Should().BeEmpty();
        _time.Changes.Should().HaveCount(1);
    }

    private Alarm Alarm(string name) => _scheduler.CreateAlarm(now => _rings.Add($"{name}@{now - _start}"), name);

    private void Advance(long ticks) => _inner.Advance(TimeSpan.FromTicks(ticks));
}
