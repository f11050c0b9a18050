namespace Messaging.Benchmarks;

/// <summary>The body of the benchmarks: a number and one text of 64 characters, shared by all.</summary>
public sealed record Body(long Number, string Text)
{
    /// <summary>Gets one that is used again and again, so that only the broker's own allocation is counted.</summary>
    public static Body Shared { get; } = new(42, new string('x', 64));
}
