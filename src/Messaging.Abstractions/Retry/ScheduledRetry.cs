namespace Messaging.Retry;

/// <summary>One delay per failure, from a list; after its end the last one repeats, for callers that retry beyond it.</summary>
internal sealed class ScheduledRetry(TimeSpan[] delays) : RetryPolicy
{
    public override int MaxFailures => delays.Length + 1;

    public override TimeSpan DelayAfter(int failures, ulong seed)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(failures, 1);
        return delays.Length == 0 ? TimeSpan.Zero : delays[Math.Min(failures, delays.Length) - 1];
    }

    public override string ToString() => delays.Length == 0 ? "None" : $"Schedule({string.Join(", ", delays)})";
}
