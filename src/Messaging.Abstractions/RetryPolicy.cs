using Messaging.Retry;
using Messaging.Validation;

namespace Messaging;

/// <summary>A rule that says how often a message may fail and how long each retry waits.</summary>
/// <remarks>
/// <para>A policy is a pure function and may be shared. Randomness comes from the message, so that a test can repeat it.</para>
/// <para>A policy of your own may be called on any thread, and on several at once. No lock is held meanwhile: it may call the broker. One that blocks
/// holds its message and its caller, and nothing else. One that throws is logged by its type's name; the failure counts, and
/// <see cref="Default"/> answers instead. Answers out of range are clamped, as each member says.</para>
/// </remarks>
public abstract class RetryPolicy
{
    /// <summary>Gets the policy in force when none is given: <see cref="Exponential"/> from 1 second to 1 minute, 10 failures, full jitter.</summary>
    public static RetryPolicy Default { get; } = Exponential(TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(1));

    /// <summary>Gets the policy without retries: the first failure dead-letters.</summary>
    public static RetryPolicy None { get; } = new ScheduledRetry([]);

    /// <summary>Gets the number of failures at which a message is dead-lettered, at least 1.</summary>
    /// <remarks>A number below 1 counts as 1. If the property throws, that of <see cref="Default"/> counts: 10.</remarks>
    public abstract int MaxFailures { get; }

    /// <summary>Creates a policy with the same delay every time.</summary>
    /// <param name="delay">The delay, zero to 3,650 days.</param>
    /// <param name="maxFailures">The failure that dead-letters, 1 to 1,000,000,000.</param>
    public static RetryPolicy Fixed(TimeSpan delay, int maxFailures = 10) =>
        new FixedRetry(Ensure.Delay(delay, nameof(delay)), (int)Ensure.Range(maxFailures, 1, 1_000_000_000, nameof(maxFailures)));

    /// <summary>Creates a policy with one retry per listed delay.</summary>
    /// <param name="delays">The delays, each zero to 3,650 days. The failure after the last one dead-letters.</param>
    public static RetryPolicy Schedule(params ReadOnlySpan<TimeSpan> delays)
    {
        foreach (TimeSpan delay in delays)
        {
            Ensure.Delay(delay, nameof(delays));
        }

        return new ScheduledRetry(delays.ToArray());
    }

    /// <summary>Creates a policy whose delay grows: <c>min(max, first · factorⁿ⁻¹)</c> after the n-th failure.</summary>
    /// <param name="first">The first delay, zero to 3,650 days.</param>
    /// <param name="max">The cap, at least <paramref name="first"/>.</param>
    /// <param name="factor">The growth, 1 to 100.</param>
    /// <param name="maxFailures">The failure that dead-letters, 1 to 1,000,000,000.</param>
    /// <param name="jitter">The share of the delay that is drawn at random.</param>
    public static RetryPolicy Exponential(
        TimeSpan first, TimeSpan max, double factor = 2, int maxFailures = 10, RetryJitter jitter = RetryJitter.Full)
    {
        Ensure.Delay(first, nameof(first));
        Ensure.Delay(max, nameof(max));
        if (max < first)
        {
            throw new ArgumentOutOfRangeException(nameof(max), max, $"The cap must be at least the first delay, {first}.");
        }

        if (!(factor is >= 1 and <= 100))
        {
            throw new ArgumentOutOfRangeException(nameof(factor), factor, "The factor must be between 1 and 100.");
        }

        return new ExponentialRetry(
            first, max, factor, (int)Ensure.Range(maxFailures, 1, 1_000_000_000, nameof(maxFailures)), Ensure.Defined(jitter, nameof(jitter)));
    }

    /// <summary>Computes the delay before the retry that follows a failure.</summary>
    /// <param name="failures">The number of failures so far, from 1.</param>
    /// <param name="seed">A number of the message's own, for jitter.</param>
    /// <returns>The delay from the time of the failure, zero to 3,650 days. A negative delay counts as zero.
    /// <see cref="Timeout.InfiniteTimeSpan"/> and more than 3,650 days count as 3,650 days.</returns>
    /// <remarks>If the method throws, the delay is that of <see cref="Default"/>, and the failure counts.</remarks>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="failures"/> is below 1.</exception>
    public abstract TimeSpan DelayAfter(int failures, ulong seed);
}
