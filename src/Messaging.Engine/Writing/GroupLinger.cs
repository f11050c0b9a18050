using Messaging.Groups;
using Messaging.Scheduling;

namespace Messaging.Writing;

/// <summary>The rule for how long a commit waits for company. Used by the writer's thread only.</summary>
/// <remarks>
/// Committing what arrived during the last commit ping-pongs at half-size groups. So the writer waits until as many
/// senders have come as the last commit released, but stops when none came for 0.15 of a commit's time (10 to 200 µs),
/// at half a commit's time (at most 1 ms), or at 256. A lone sender never waits, nor does anybody on a clock that a test moves.
/// </remarks>
internal sealed class GroupLinger(BrokerClock clock)
{
    private const int Enough = 256;
    private const long Microsecond = TimeSpan.TicksPerMicrosecond;

    private long _began;
    private long _commitTicks;
    private int _released;

    /// <summary>Gets how long a group that nobody waits for may wait; <see langword="null"/> for not at all.</summary>
    public TimeSpan? LazyWait => clock.IsReal ? TimeSpan.FromMilliseconds(1) : null;

    public void Began() => _began = clock.Now;

    public void Ended(int released)
    {
        long took = Math.Max(0, clock.Now - _began);
        _commitTicks = _commitTicks == 0 ? took : ((_commitTicks * 3) + took) / 4;
        _released = released;
    }

    public void WaitForCompany(CommitGroup group)
    {
        int target = Math.Min(_released, Enough);
        if (!clock.IsReal || target <= 1 || group.Commit.Closing)
        {
            return;
        }

        long quiet = Math.Clamp(_commitTicks * 15 / 100, 10 * Microsecond, 200 * Microsecond);
        long limit = Math.Min(_commitTicks / 2, 1000 * Microsecond);
        long start = clock.Now;
        long lastArrival = start;
        int seen = group.Callers.Waiting;
        while (seen < target)
        {
            Thread.Yield();
            long now = clock.Now;
            int waiting = group.Callers.Waiting;
            if (waiting != seen)
            {
                seen = waiting;
                lastArrival = now;
            }

            if (now - lastArrival > quiet || now - start > limit)
            {
                return;
            }
        }
    }
}
