using Messaging.Testing.Faults;
using Messaging.Testing.Running;

namespace Messaging.Testing.Tested;

/// <summary>The clock of a broker under test, which moves only at rest.</summary>
/// <param name="time">The clock.</param>
/// <param name="work">The queue, which knows when there is rest.</param>
/// <param name="watch">Ends the waits for rest that would not end.</param>
/// <param name="faults">Say when the wall clock is set meanwhile.</param>
/// <param name="lives">Throw if the broker is gone.</param>
internal sealed class RestingClock(VirtualTime time, SerialWork work, RestWatch watch, FaultPlan faults, BrokerLives lives)
{
    public VirtualTime Time => time;

    /// <summary>Waits for rest, moves the clock, and waits for rest after each timer on the way.</summary>
    /// <param name="target">The time, on the scale of the clock's timestamps.</param>
    /// <param name="isRelative">Whether that is how far to move, from where the clock is when the move has its turn.</param>
    public Task MoveAsync(long target, bool isRelative = false)
    {
        if (faults.Judge.JudgeClockMove() is var jump && jump != TimeSpan.Zero)
        {
            time.SetWallClock(jump);
        }

        return RestAsync(target, isRelative);
    }

    /// <summary>Waits for rest. If a time is given, the clock moves to it then, with rest after each timer on the way.</summary>
    /// <param name="target">The time, on the scale of the clock's timestamps; <see langword="null"/> for staying.</param>
    /// <param name="isRelative">Whether that is how far to move.</param>
    public async Task RestAsync(long? target = null, bool isRelative = false)
    {
        _ = lives.Current;
        var request = new RestRequest(work.Count.Steps, target, isRelative);
        if (watch.TryAdd(request))
        {
            work.Add(request);
        }

        await request.Task.ConfigureAwait(false);
        work.Failures.ThrowIfAny();
    }
}
