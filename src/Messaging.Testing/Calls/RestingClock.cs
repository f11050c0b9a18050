using Messaging.Testing.Faults;
using Messaging.Testing.Running;

namespace Messaging.Testing.Calls;

/// <summary>The clock of a broker under test, which moves only at rest.</summary>
/// <param name="time">The clock.</param>
/// <param name="work">The queue, which knows when there is rest.</param>
/// <param name="watch">Ends the waits for rest that would not end.</param>
/// <param name="faults">Say when the wall clock is set meanwhile.</param>
/// <param name="verify">Throws if the broker is gone.</param>
internal sealed class RestingClock(VirtualTime time, SerialWork work, RestWatch watch, FaultPlan faults, Action verify)
{
    public VirtualTime Time => time;

    /// <summary>Waits for rest, moves the clock to a time, and waits for rest after each timer on the way.</summary>
    public Task MoveToAsync(long target) => MoveAsync(target, isRelative: false);

    /// <summary>Moves the clock by a length of time, from where it is when the move has its turn.</summary>
    public Task MoveByAsync(TimeSpan by) => MoveAsync(by.Ticks, isRelative: true);

    /// <summary>Waits for rest. If a time is given, the clock moves to it then, with rest after each timer on the way.</summary>
    /// <param name="target">The time, on the scale of the clock's timestamps; <see langword="null"/> for staying.</param>
    /// <param name="isRelative">Whether that is how far to move.</param>
    public async Task RestAsync(long? target = null, bool isRelative = false)
    {
        verify();
        var request = new RestRequest(work.Count.Steps, target, isRelative);
        if (watch.TryAdd(request))
        {
            work.Add(request);
        }

        await request.Task.ConfigureAwait(false);
        work.Failures.ThrowIfAny();
    }

    private Task MoveAsync(long target, bool isRelative)
    {
        if (faults.Judge.JudgeClockMove() is var jump && jump != TimeSpan.Zero)
        {
            time.SetWallClock(jump);
        }

        return RestAsync(target, isRelative);
    }
}
