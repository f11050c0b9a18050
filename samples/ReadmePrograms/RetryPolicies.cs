using Messaging;

namespace ReadmePrograms;

/// <summary>Retry policies, and a queue that has one.</summary>
internal static class RetryPolicies
{
    public static async Task RunAsync()
    {
        await using var broker = await MessageBroker.OpenAsync("policies.db");

        // page: retry policies
        RetryPolicy growing = RetryPolicy.Exponential(TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(5), maxFailures: 20);
        RetryPolicy listed = RetryPolicy.Schedule(TimeSpan.FromSeconds(5), TimeSpan.FromMinutes(1));    // two retries, then a dead letter
        RetryPolicy steady = RetryPolicy.Fixed(TimeSpan.FromSeconds(10), maxFailures: 3);
        IQueue orders = broker.Queue("orders", new() { Retry = listed });
        // end

        ArgumentOutOfRangeException.ThrowIfNotEqual(growing.MaxFailures, 20);
        ArgumentOutOfRangeException.ThrowIfNotEqual(listed.MaxFailures, 3);
        ArgumentOutOfRangeException.ThrowIfNotEqual(steady.DelayAfter(1, seed: 7), TimeSpan.FromSeconds(10));
        ArgumentOutOfRangeException.ThrowIfNotEqual(orders.Name, "orders");
    }
}
