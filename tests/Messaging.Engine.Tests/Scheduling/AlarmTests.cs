using Messaging.Diagnostics;
using Messaging.Scheduling;
using Messaging.Testing;

namespace Messaging.Engine.Tests.Scheduling;

/// <summary>An alarm that two callers set at once rings for the earlier of them.</summary>
public sealed class AlarmTests
{
    [Fact]
    public void Set_ByACallerWhoComesLateWithALaterTime_KeepsTheEarlierTime()
    {
        var time = new VirtualTime();
        var clock = new BrokerClock(time);
        using var scheduler = new Scheduler(time, clock, new PooledWork());
        int rings = 0;
        Alarm alarm = scheduler.CreateAlarm(_ => rings++);

        // Both callers found the alarm unset; the lock lets the one with the later time through last.
        scheduler.SetNoLaterThan(alarm, clock.Now + TimeSpan.FromSeconds(1).Ticks);
        scheduler.SetNoLaterThan(alarm, clock.Now + TimeSpan.FromHours(1).Ticks);
        time.Advance(TimeSpan.FromSeconds(2));

        rings.Should().Be(1);
    }
}
