using Messaging.Validation;

namespace Messaging;

/// <summary>The options of a handler.</summary>
public sealed record HandlerOptions
{
    /// <summary>Gets the number of calls that may run at once.</summary>
    /// <value>The default value is 1. The range is 1 to 1,024.</value>
    public int Concurrency { get; init => field = (int)Ensure.Range(value, 1, 1_024, nameof(Concurrency)); } = 1;

    /// <summary>Gets when a message is acknowledged.</summary>
    /// <value>The default value is <see cref="AckMode.OnReturn"/>. With <see cref="AckMode.Manual"/>, a throw still counts as
    /// a failure, and what the handler leaves unsettled is redelivered when its lease ends.</value>
    public AckMode AckMode { get; init => field = Ensure.Defined(value, nameof(AckMode)); } = AckMode.OnReturn;

    /// <summary>Gets the lease of a delivery. It is renewed while the handler runs, up to <see cref="MaxProcessingTime"/>.</summary>
    /// <value>The default value is 30 seconds. The range is 1 ms to 7 days.</value>
    public TimeSpan LeaseDuration { get; init => field = Ensure.Lease(value, nameof(LeaseDuration)); } = TimeSpan.FromSeconds(30);

    /// <summary>Gets the time after which the lease of a running call is no longer renewed. The call is logged then, and counted in <see cref="IWorker.Overdue"/>.</summary>
    /// <value>The default value is 5 minutes. The range is 1 ms to 7 days.</value>
    public TimeSpan MaxProcessingTime { get; init => field = Ensure.Lease(value, nameof(MaxProcessingTime)); } = TimeSpan.FromMinutes(5);

    /// <summary>Gets the number of messages made ready in memory ahead of the handler. They are not leased.</summary>
    /// <value>The default value is 256. The range is 1 to 65,536.</value>
    public int Prefetch { get; init => field = (int)Ensure.Range(value, 1, 65_536, nameof(Prefetch)); } = 256;

    /// <summary>Gets the retry policy for this handler's deliveries.</summary>
    /// <value>The default value is <see langword="null"/>: the subscription's.</value>
    public RetryPolicy? Retry { get; init; }

    /// <summary>Gets how long stopping waits for running calls before it cancels their tokens.</summary>
    /// <value>The default value is 30 seconds. The range is zero to 3,650 days.</value>
    public TimeSpan ShutdownTimeout { get; init => field = Ensure.Delay(value, nameof(ShutdownTimeout)); } = TimeSpan.FromSeconds(30);
}
