namespace Messaging.Engine.Tests.Scheduling;

/// <summary>A wall clock and a monotonic one that are set apart from each other.</summary>
internal sealed class SteppingTimeProvider(long frequency) : TimeProvider
{
    public DateTimeOffset Wall { get; set; } = new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public long Timestamp { get; set; } = 5_000_000_000;

    public override long TimestampFrequency => frequency;

    public override DateTimeOffset GetUtcNow() => Wall;

    public override long GetTimestamp() => Timestamp;
}
