namespace Messaging.Validation;

/// <summary>The range checks of options: each names the value and the rule.</summary>
internal static class Ensure
{
    private static readonly TimeSpan _maxDelay = TimeSpan.FromDays(3_650);
    private static readonly TimeSpan _minLease = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan _maxLease = TimeSpan.FromDays(7);

    public static TimeSpan Delay(TimeSpan value, string name) =>
        value >= TimeSpan.Zero && value <= _maxDelay
            ? value
            : throw new ArgumentOutOfRangeException(name, value, $"{name} must be between zero and 3,650 days.");

    public static TimeSpan Lease(TimeSpan value, string name) =>
        value >= _minLease && value <= _maxLease
            ? value
            : throw new ArgumentOutOfRangeException(name, value, $"{name} must be between 1 ms and 7 days.");

    public static long Range(long value, long min, long max, string name) =>
        value >= min && value <= max
            ? value
            : throw new ArgumentOutOfRangeException(name, value, $"{name} must be between {min:N0} and {max:N0}.");

    public static long? Range(long? value, long min, long max, string name) =>
        value is { } given ? Range(given, min, max, name) : null;

    public static TimeSpan? Age(TimeSpan? value, string name) =>
        value is not { } given || (given >= _minLease && given <= _maxDelay)
            ? value
            : throw new ArgumentOutOfRangeException(name, value, $"{name} must be between 1 ms and 3,650 days.");

    public static TEnum Defined<TEnum>(TEnum value, string name)
        where TEnum : struct, Enum =>
        Enum.IsDefined(value)
            ? value
            : throw new ArgumentOutOfRangeException(name, value, $"{name} must be a named {typeof(TEnum).Name}.");

    public static TEnum? Defined<TEnum>(TEnum? value, string name)
        where TEnum : struct, Enum =>
        value is { } given ? Defined(given, name) : null;
}
