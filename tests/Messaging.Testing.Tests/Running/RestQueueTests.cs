using Messaging.Testing.Following;
using Messaging.Testing.Running;

namespace Messaging.Testing.Tests.Running;

public sealed class RestQueueTests
{
    private readonly VirtualTime _time = new();
    private readonly RestQueue _queue = new();

    [Fact]
    public async Task First_OfSeveral_IsServedInTurn()
    {
        RestRequest first = Add(TimeSpan.FromSeconds(2));
        RestRequest second = Add(TimeSpan.FromSeconds(3));

        _queue.First.Should().Be(first);
        Serve(first);
        _queue.First.Should().Be(second);
        Serve(second);

        _queue.First.Should().BeNull();
        _time.GetTimestamp().Should().Be(TimeSpan.FromSeconds(5).Ticks);
        await Task.WhenAll(first.Task, second.Task);
    }

    [Fact]
    public void First_CodeThatTheBrokerHasCalledAsks_IsThatOne()
    {
        Add(TimeSpan.Zero);
        var count = new WorkCount(static () => { });
        Activity.Current = new DeliveryActivity(count);
        Activity.Current.Begin(delivery: null);

        RestRequest inner = Add(TimeSpan.Zero);

        _queue.First.Should().Be(inner);
        count.Outside.Should().Be(0);
        Serve(inner);
        count.Outside.Should().Be(1);
    }

    [Fact]
    public void Target_OfARequest_LetsTimersOnTheWayFireOneByOne()
    {
        var fired = new List<TimeSpan>();
        foreach (int seconds in (int[])[1, 2, 4])
        {
            _time.CreateTimer(_ => fired.Add(TimeSpan.FromTicks(_time.GetTimestamp())), null, TimeSpan.FromSeconds(seconds), Timeout.InfiniteTimeSpan);
        }

        RestRequest request = Add(TimeSpan.FromSeconds(3));

        _time.TryFireNext(request.TargetOn(_time)!.Value).Should().BeTrue();
        fired.Should().Equal(TimeSpan.FromSeconds(1));
        _time.TryFireNext(request.TargetOn(_time)!.Value).Should().BeTrue();
        _time.TryFireNext(request.TargetOn(_time)!.Value).Should().BeFalse();
        fired.Should().Equal(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(2));
    }

    [Fact]
    public async Task Complete_AfterTheWatchdogHasEndedIt_ChangesNothing()
    {
        int ended = 0;
        RestRequest request = Add(TimeSpan.Zero);
        request.Ended = _ => ended++;

        request.Fail(new NotAtRestException("It hangs."));
        Serve(request);

        ended.Should().Be(1);
        await FluentActions.Awaiting(() => request.Task).Should().ThrowAsync<NotAtRestException>();
    }

    // As the thread that drains the queue of work does it.
    private void Serve(RestRequest request)
    {
        _time.MoveTo(request.TargetOn(_time)!.Value);
        _queue.Remove(request);
        request.Complete();
    }

    private RestRequest Add(TimeSpan by)
    {
        var request = new RestRequest(steps: 0, by.Ticks, isRelative: true);
        _queue.Add(request);
        return request;
    }
}
