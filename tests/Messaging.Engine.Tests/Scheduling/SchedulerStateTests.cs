using Messaging.Diagnostics;
using Messaging.Scheduling;
using Messaging.Testing;

namespace Messaging.Engine.Tests.Scheduling;

public sealed class SchedulerStateTests : IDisposable
{
    private readonly SchedulerState _state = new();
    private readonly Scheduler _scheduler;

    public SchedulerStateTests()
    {
        var time = new VirtualTime();
        _scheduler = new Scheduler(time, new BrokerClock(time), new PooledWork());
    }

    public void Dispose() => _scheduler.Dispose();

    [Fact]
    public void Set_WhileSomebodyArms_IsArmedByThatOne()
    {
        _state.Set(Alarm(), 20, out long first).Should().BeTrue();
        first.Should().Be(20);

        _state.Set(Alarm(), 10, out _).Should().BeFalse("one caller at a time sets the timer");

        _state.EndArming(20, isSet: true, out first).Should().BeTrue();
        first.Should().Be(10);
        _state.EndArming(10, isSet: true, out _).Should().BeFalse();
    }

    [Fact]
    public void Set_ALaterTimeThanTheTimersOne_ArmsNothing()
    {
        _state.Set(Alarm(), 10, out _);
        _state.EndArming(10, isSet: true, out _);

        _state.Set(Alarm(), 20, out _).Should().BeFalse();
    }

    [Fact]
    public void Set_WhileAlarmsRing_IsArmedAtTheEnd()
    {
        _state.TryBeginRinging().Should().BeTrue();
        _state.TryBeginRinging().Should().BeFalse("somebody rings");

        _state.Set(Alarm(), 10, out _).Should().BeFalse();
        _state.TryTakeDue(9, out _).Should().BeFalse();

        _state.EndRinging(out long first).Should().BeTrue();
        first.Should().Be(10);
    }

    [Fact]
    public void EndArming_NotSet_LeavesTheTimeToTheNextOne()
    {
        _state.Set(Alarm(), 10, out _);

        _state.EndArming(10, isSet: false, out _).Should().BeFalse("the timer tries again by itself");

        _state.ArmAgain(out long first).Should().BeTrue();
        first.Should().Be(10);
    }

    [Fact]
    public void ArmAgain_WhileSomebodyArms_IsDoneByThatOne()
    {
        _state.Set(Alarm(), 10, out _);

        _state.ArmAgain(out _).Should().BeFalse();

        _state.EndArming(10, isSet: false, out long first).Should().BeTrue();
        first.Should().Be(10);
    }

    [Fact]
    public void Set_AfterTheEnd_DoesNothing()
    {
        _state.Dispose();

        _state.Set(Alarm(), 10, out _).Should().BeFalse();
        _state.TryTakeDue(100, out _).Should().BeFalse();
    }

    private Alarm Alarm() => _scheduler.CreateAlarm(static _ => { });
}
