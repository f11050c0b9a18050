namespace Messaging.Testing.Workloads;

/// <summary>How often a workload's clients do each kind of thing. The numbers are weights: a kind with 20 is done twice as often as one with 10 of
/// the same group, and one with 0 never.</summary>
/// <remarks>Each number is 0 to 1,000,000; others are refused with <see cref="ArgumentOutOfRangeException"/>. A group of zeros only does the first
/// kind of the group.</remarks>
public sealed record WorkloadShares
{
    // Senders.

    /// <summary>Gets the share of messages that are sent without options.</summary>
    /// <value>The default value is 50.</value>
    public int Send { get; init => field = Share(value, nameof(Send)); } = 50;

    /// <summary>Gets the share of messages that are sent with an id of the sender's; some of them are sent again at once.</summary>
    /// <value>The default value is 20.</value>
    public int SendWithId { get; init => field = Share(value, nameof(SendWithId)); } = 20;

    /// <summary>Gets the share of sends that are batches of 2 to 5 messages.</summary>
    /// <value>The default value is 10.</value>
    public int SendBatch { get; init => field = Share(value, nameof(SendBatch)); } = 10;

    /// <summary>Gets the share of messages that are scheduled for later.</summary>
    /// <value>The default value is 14.</value>
    public int SendDelayed { get; init => field = Share(value, nameof(SendDelayed)); } = 14;

    /// <summary>Gets the share of messages that are scheduled for later and then cancelled.</summary>
    /// <value>The default value is 6.</value>
    public int SendAndCancel { get; init => field = Share(value, nameof(SendAndCancel)); } = 6;

    // Takers.

    /// <summary>Gets the share of deliveries that are acknowledged.</summary>
    /// <value>The default value is 66.</value>
    public int Ack { get; init => field = Share(value, nameof(Ack)); } = 66;

    /// <summary>Gets the share of deliveries that are nacked, some with a delay of their own.</summary>
    /// <value>The default value is 10.</value>
    public int Nack { get; init => field = Share(value, nameof(Nack)); } = 10;

    /// <summary>Gets the share of deliveries that are given up.</summary>
    /// <value>The default value is 3.</value>
    public int DeadLetter { get; init => field = Share(value, nameof(DeadLetter)); } = 3;

    /// <summary>Gets the share of deliveries whose lease is extended before they are acknowledged.</summary>
    /// <value>The default value is 4.</value>
    public int Extend { get; init => field = Share(value, nameof(Extend)); } = 4;

    /// <summary>Gets the share of deliveries that are acknowledged twice.</summary>
    /// <value>The default value is 3.</value>
    public int AckTwice { get; init => field = Share(value, nameof(AckTwice)); } = 3;

    /// <summary>Gets the share of deliveries that are settled only when their lease has ended.</summary>
    /// <value>The default value is 5.</value>
    public int SettleLate { get; init => field = Share(value, nameof(SettleLate)); } = 5;

    /// <summary>Gets the share of deliveries that are settled later, in another order than they came in.</summary>
    /// <value>The default value is 4.</value>
    public int SettleOutOfOrder { get; init => field = Share(value, nameof(SettleOutOfOrder)); } = 4;

    /// <summary>Gets the share of deliveries that are left alone until their lease ends.</summary>
    /// <value>The default value is 2.</value>
    public int Leave { get; init => field = Share(value, nameof(Leave)); } = 2;

    /// <summary>Gets the share of deliveries that are left alone while their consumer is closed, and another one opened.</summary>
    /// <value>The default value is 3.</value>
    public int Reopen { get; init => field = Share(value, nameof(Reopen)); } = 3;

    // Handlers.

    /// <summary>Gets the share of calls of a handler that return.</summary>
    /// <value>The default value is 70.</value>
    public int Return { get; init => field = Share(value, nameof(Return)); } = 70;

    /// <summary>Gets the share of calls of a handler that throw.</summary>
    /// <value>The default value is 15.</value>
    public int Throw { get; init => field = Share(value, nameof(Throw)); } = 15;

    /// <summary>Gets the share of calls of a handler that take longer than their lease, so that it is renewed.</summary>
    /// <value>The default value is 15.</value>
    public int TakeLong { get; init => field = Share(value, nameof(TakeLong)); } = 15;

    // Upkeep.

    /// <summary>Gets the share of upkeep that redrives dead letters.</summary>
    /// <value>The default value is 30.</value>
    public int Redrive { get; init => field = Share(value, nameof(Redrive)); } = 30;

    /// <summary>Gets the share of upkeep that deletes dead letters.</summary>
    /// <value>The default value is 10.</value>
    public int Purge { get; init => field = Share(value, nameof(Purge)); } = 10;

    /// <summary>Gets the share of upkeep that pauses a subscription, and resumes it.</summary>
    /// <value>The default value is 15.</value>
    public int Pause { get; init => field = Share(value, nameof(Pause)); } = 15;

    /// <summary>Gets the share of upkeep that subscribes one more subscription, or deletes it.</summary>
    /// <value>The default value is 25.</value>
    public int Subscribe { get; init => field = Share(value, nameof(Subscribe)); } = 25;

    /// <summary>Gets the share of upkeep that opens a consumer, takes a few messages, and closes it with some of them unsettled.</summary>
    /// <value>The default value is 20.</value>
    public int Visit { get; init => field = Share(value, nameof(Visit)); } = 20;

    private static int Share(int value, string name) => value is >= 0 and <= 1_000_000
        ? value
        : throw new ArgumentOutOfRangeException(name, value, $"{name} must be between 0 and 1,000,000.");
}
