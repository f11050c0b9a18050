namespace Messaging.Testing.Workloads;

/// <summary>The options of a workload. Values out of range are refused with <see cref="ArgumentOutOfRangeException"/>.</summary>
public sealed record WorkloadOptions
{
    /// <summary>Gets the number that decides what the clients do.</summary>
    /// <value>The default value is 1.</value>
    public int Seed { get; init; } = 1;

    /// <summary>Gets how many steps the clients take altogether: a send, a batch, what is done with one delivery, or a piece of upkeep is one.</summary>
    /// <value>The default value is 1,000. The range is 1 to 1,000,000,000.</value>
    public int Operations { get; init => field = Range(value, 1, 1_000_000_000, nameof(Operations)); } = 1_000;

    /// <summary>Gets how many clients send. They take turns at the two queues and the two topics.</summary>
    /// <value>The default value is 4. The range is 0 to 1,000.</value>
    public int Senders { get; init => field = Range(value, 0, 1_000, nameof(Senders)); } = 4;

    /// <summary>Gets how many clients receive. They take turns at the two queues and the three subscriptions.</summary>
    /// <value>The default value is 6. The range is 0 to 1,000.</value>
    public int Takers { get; init => field = Range(value, 0, 1_000, nameof(Takers)); } = 6;

    /// <summary>Gets how many clients have a handler. They take turns at the two queues and the three subscriptions, from the last one on.</summary>
    /// <value>The default value is 2. The range is 0 to 1,000.</value>
    public int Handlers { get; init => field = Range(value, 0, 1_000, nameof(Handlers)); } = 2;

    /// <summary>Gets a value indicating whether one more client does upkeep: dead letters, pauses, subscriptions that come and go.</summary>
    /// <value>The default value is <see langword="true"/>.</value>
    public bool Upkeep { get; init; } = true;

    /// <summary>Gets how often each kind of thing is done.</summary>
    /// <value>The default value is the defaults of <see cref="WorkloadShares"/>.</value>
    public WorkloadShares Shares { get; init => field = value ?? throw new ArgumentNullException(nameof(Shares)); } = new();

    /// <summary>Gets the lease of all deliveries.</summary>
    /// <value>The default value is 60 ms. The range is 1 ms to 1 hour.</value>
    public TimeSpan Lease { get; init => field = Range(value, TimeSpan.FromMilliseconds(1), nameof(Lease)); } = TimeSpan.FromMilliseconds(60);

    /// <summary>Gets the retry policy of all queues and subscriptions.</summary>
    /// <value>The default value is a delay of 5 ms each time, and the fifth failure dead-letters.</value>
    public RetryPolicy Retry { get; init => field = value ?? throw new ArgumentNullException(nameof(Retry)); } =
        RetryPolicy.Fixed(TimeSpan.FromMilliseconds(5), 5);

    /// <summary>Gets the longest delay of a scheduled message, and of a nack.</summary>
    /// <value>The default value is 40 ms. The range is 1 ms to 1 hour.</value>
    public TimeSpan LongestDelay { get; init => field = Range(value, TimeSpan.FromMilliseconds(1), nameof(LongestDelay)); } = TimeSpan.FromMilliseconds(40);

    /// <summary>Gets the longest time that a client waits between two steps; half of the time it does not wait at all.</summary>
    /// <value>The default value is 20 ms. The range is zero to 1 hour.</value>
    public TimeSpan LongestPause { get; init => field = Range(value, TimeSpan.Zero, nameof(LongestPause)); } = TimeSpan.FromMilliseconds(20);

    /// <summary>Gets what a completed send survives.</summary>
    /// <value>The default value is <see langword="null"/>: the most that the broker offers.</value>
    public Durability? Durability { get; init; }

    /// <summary>Gets how many messages the queue <c>side</c> holds before its senders wait, and how many the subscription <c>one</c> leaves unsettled
    /// before it dead-letters the oldest.</summary>
    /// <value>The default value is 60. The range is 10 to 1,000,000.</value>
    public int Capacity { get; init => field = Range(value, 10, 1_000_000, nameof(Capacity)); } = 60;

    /// <summary>Gets what the names of the messages begin with: something else for each workload whose messages are in the same broker.</summary>
    /// <value>The default value is empty.</value>
    public string Prefix { get; init => field = value ?? throw new ArgumentNullException(nameof(Prefix)); } = "";

    /// <summary>Gets for how long a drain goes on in which nothing is acknowledged: then it ends, and tells what is left.</summary>
    /// <value>The default value is 10 seconds. The range is 1 ms to 1 hour.</value>
    public TimeSpan DrainLimit { get; init => field = Range(value, TimeSpan.FromMilliseconds(1), nameof(DrainLimit)); } = TimeSpan.FromSeconds(10);

    private static int Range(int value, int min, int max, string name) => value >= min && value <= max
        ? value
        : throw new ArgumentOutOfRangeException(name, value, $"{name} must be between {min:N0} and {max:N0}.");

    private static TimeSpan Range(TimeSpan value, TimeSpan min, string name) => value >= min && value <= TimeSpan.FromHours(1)
        ? value
        : throw new ArgumentOutOfRangeException(name, value, $"{name} must be between {min} and 1 hour.");
}
