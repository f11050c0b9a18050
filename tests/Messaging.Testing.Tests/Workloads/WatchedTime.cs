namespace Messaging.Testing.Tests.Workloads;

/// <summary>A virtual clock that tells when somebody waits for as long as a given time.</summary>
internal sealed class WatchedTime(TimeSpan atLeast) : TimeProvider
{
    private readonly VirtualTime _time = new();
    private readonly TaskCompletionSource _waiting = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Gets what completes when the first wait has begun.</summary>
    public Task Waiting => _waiting.Task;

    public override long TimestampFrequency => _time.TimestampFrequency;

    public override DateTimeOffset GetUtcNow() => _time.GetUtcNow();

    public override long GetTimestamp() => _time.GetTimestamp();

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        ITimer timer = _time.CreateTimer(callback, state, dueTime, period);
        if (dueTime >= atLeast)
        {
            _waiting.TrySetResult();
        }

        return timer;
    }
}
