using Messaging;

namespace ReadmePrograms;

/// <summary>A queue that drops the oldest, and a subscription with a limit of its own.</summary>
internal static class Limits
{
    public static async Task RunAsync()
    {
        await using var broker = await MessageBroker.OpenAsync("limits.db");

        // page: full queue
        IQueue thumbnails = broker.Queue("thumbnails", new() { Capacity = 10_000, FullMode = FullMode.DropOldest });
        // end

        // page: backlog
        var limit = new BacklogLimit { MaxMessages = 100_000, MaxAge = TimeSpan.FromDays(1), Action = BacklogAction.DeadLetterOldest };
        ISubscription reports = await broker.SubscribeAsync("orders.#", "reports", new() { Backlog = limit });
        // end

        ArgumentOutOfRangeException.ThrowIfNotEqual(thumbnails.Statistics.Ready + reports.Statistics.Ready, 0);
    }
}
