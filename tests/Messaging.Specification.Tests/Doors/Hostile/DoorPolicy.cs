namespace Messaging.Specification.Tests.Doors.Hostile;

/// <summary>A retry policy that does what a test wants wherever it is called.</summary>
internal sealed class DoorPolicy : RetryPolicy
{
    public Func<TimeSpan> Delay { get; init; } = static () => TimeSpan.FromSeconds(1);

    public Func<int> Failures { get; init; } = static () => 9;

    public Func<bool> Comparing { get; init; } = static () => false;

    public Func<string> Describing { get; init; } = static () => "a policy of a test";

    public override int MaxFailures => Failures();

    public override TimeSpan DelayAfter(int failures, ulong seed) => Delay();

    public override bool Equals(object? obj) => Comparing();

    public override int GetHashCode() => 1;

    public override string ToString() => Describing();

    /// <summary>Makes an answer that is given after something was done.</summary>
    public static Func<T> After<T>(Action action, T answer) => () =>
    {
        action();
        return answer;
    };
}
