using System.Diagnostics.CodeAnalysis;

namespace Messaging.Redelivery;

/// <summary>What a retry policy has said of one failure: the one place where a policy, which is not our code, is asked.</summary>
/// <remarks>Ask without a lock, and not on the timer's or the writer's thread unless the policy is one of ours: it may throw, block, or call back.
/// What throws is answered by <see cref="RetryPolicy.Default"/>; what is out of range is clamped.</remarks>
/// <param name="GivesUp">Whether the retries are used up.</param>
/// <param name="Delay">How long the message waits, zero to 3,650 days; zero if it is given up.</param>
/// <param name="Thrown">What the policy threw; <see langword="null"/> if it answered.</param>
internal readonly record struct RetryDecision(bool GivesUp, TimeSpan Delay, Exception? Thrown)
{
    private static readonly TimeSpan _longest = TimeSpan.FromDays(3_650);

    /// <summary>Asks a policy about a failure.</summary>
    /// <param name="policy">The policy.</param>
    /// <param name="failures">The number of failures, this one included.</param>
    /// <param name="sequence">The message's number.</param>
    /// <param name="delay">What goes before the policy's delay; <see langword="null"/> for nothing.</param>
    public static RetryDecision After(RetryPolicy policy, int failures, long sequence, TimeSpan? delay)
    {
        Exception? thrown = null;
        if (failures >= MaxFailuresOf(policy, ref thrown))
        {
            return new RetryDecision(GivesUp: true, TimeSpan.Zero, thrown);
        }

        TimeSpan wait = delay ?? DelayOf(policy, failures, sequence, ref thrown);
        return new RetryDecision(GivesUp: false, wait, thrown);
    }

    /// <summary>Asks a policy about a message that cannot be given up although its retries are used up.</summary>
    public static RetryDecision Beyond(RetryPolicy policy, int failures, long sequence)
    {
        Exception? thrown = null;
        TimeSpan wait = DelayOf(policy, Math.Max(1, failures), sequence, ref thrown);
        return new RetryDecision(GivesUp: false, wait, thrown);
    }

    /// <summary>Asks a policy whether a message has failed so often that it must not be handed over.</summary>
    public static RetryDecision BeforeHandOver(RetryPolicy policy, int failures)
    {
        Exception? thrown = null;
        return new RetryDecision(failures > 0 && failures >= MaxFailuresOf(policy, ref thrown), TimeSpan.Zero, thrown);
    }

    /// <summary>Asks a policy for its limit.</summary>
    public static int MaxFailuresOf(RetryPolicy policy)
    {
        Exception? thrown = null;
        return MaxFailuresOf(policy, ref thrown);
    }

    /// <summary>Tells whether a policy is one of ours, which answers at once and calls nobody.</summary>
    public static bool IsOurs(RetryPolicy policy) => policy.GetType().Assembly == typeof(RetryPolicy).Assembly;

    [SuppressMessage("Design", "CA1031", Justification = "Whatever a policy throws, the failure counts.")]
    private static int MaxFailuresOf(RetryPolicy policy, ref Exception? thrown)
    {
        try
        {
            return Math.Max(1, policy.MaxFailures);
        }
        catch (Exception exception)
        {
            thrown ??= exception;
            return RetryPolicy.Default.MaxFailures;
        }
    }

    [SuppressMessage("Design", "CA1031", Justification = "Whatever a policy throws, the failure counts.")]
    private static TimeSpan DelayOf(RetryPolicy policy, int failures, long sequence, ref Exception? thrown)
    {
        TimeSpan delay;
        try
        {
            delay = policy.DelayAfter(failures, (ulong)sequence);
        }
        catch (Exception exception)
        {
            thrown ??= exception;
            delay = RetryPolicy.Default.DelayAfter(failures, (ulong)sequence);
        }

        if (delay == Timeout.InfiniteTimeSpan || delay > _longest)
        {
            return _longest;
        }

        return delay < TimeSpan.Zero ? TimeSpan.Zero : delay;
    }
}
