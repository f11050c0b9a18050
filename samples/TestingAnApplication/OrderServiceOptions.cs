using Messaging;

namespace TestingAnApplication;

/// <summary>How patient the service is.</summary>
internal sealed record OrderServiceOptions
{
    /// <summary>Gets when a payment is tried again that failed for another reason than the card.</summary>
    public RetryPolicy Retry { get; init; } =
        RetryPolicy.Schedule(TimeSpan.FromMinutes(5), TimeSpan.FromMinutes(30), TimeSpan.FromHours(2));

    /// <summary>Gets how long the gateway may take to answer.</summary>
    public TimeSpan GatewayTimeout { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>Gets after which time the customer of an order that is not paid is reminded.</summary>
    public TimeSpan ReminderAfter { get; init; } = TimeSpan.FromHours(24);
}
