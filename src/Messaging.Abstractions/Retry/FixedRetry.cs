namespace Messaging.Retry;

/// <summary>The same delay after every failure.</summary>
internal sealed class FixedRetry(TimeSpan delay, int maxFailures) : RetryPolicy
{
    public override int MaxFailures => maxFailures;

    public override TimeSpan DelayAfter(int failures, ulong seed)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(failures, 1);
        return delay;
    }

    public override string ToString() => $"Fixed({delay}, {maxFailures} failures)";
}
