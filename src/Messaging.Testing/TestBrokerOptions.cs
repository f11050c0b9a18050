namespace Messaging.Testing;

/// <summary>Options of a <see cref="TestBroker"/>.</summary>
public sealed record TestBrokerOptions
{
    /// <summary>Gets the options of the broker. Its <see cref="BrokerOptions.TimeProvider"/> is not used: time is virtual.</summary>
    /// <value>The default value is the broker's defaults.</value>
    public BrokerOptions Broker { get; init => field = value ?? throw new ArgumentNullException(nameof(Broker)); } = new();

    /// <summary>Gets the seed by which the next piece of runnable work is chosen, so that a test sees other orders of what happens at the same
    /// time; <see langword="null"/> for the order in which it became runnable.</summary>
    /// <value>The default value is <see langword="null"/>.</value>
    public int? Seed { get; init; }

    /// <summary>Gets the time at the start.</summary>
    /// <value>The default value is the beginning of 2030, in UTC.</value>
    public DateTimeOffset StartTime { get; init; } = new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>Gets how long, in real time, nothing may happen before the wait for rest ends with <see cref="NotAtRestException"/>.</summary>
    /// <remarks>The wait never ends before the limit, and ends at the latest after one and a quarter of it. Time in which the process itself got no
    /// processor does not count. The limit decides about no outcome but that.</remarks>
    /// <value>The default value is 10 s. The range is 10 ms to one day.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is outside the range.</exception>
    public TimeSpan HangLimit
    {
        get;
        init => field = value >= TimeSpan.FromMilliseconds(10) && value <= TimeSpan.FromDays(1)
            ? value
            : throw new ArgumentOutOfRangeException(nameof(HangLimit), value, "HangLimit must be between 10 ms and one day.");
    } = TimeSpan.FromSeconds(10);
}
