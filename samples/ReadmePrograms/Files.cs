using Messaging;
using Messaging.Sqlite;

namespace ReadmePrograms;

/// <summary>A queue that need not survive a power cut, a backup, and an opening that checks the file.</summary>
internal static class Files
{
    public static async Task RunAsync()
    {
        await BackUpAsync();
        File.Delete("shop.db");
        File.Delete("shop.db-lock");
        File.Move("shop-copy.db", "shop.db");
        await CheckAsync();
    }

    private static async Task BackUpAsync()
    {
        await using var broker = await MessageBroker.OpenAsync("files.db");

        // page: durability
        IQueue clicks = broker.Queue("clicks", new() { Durability = Durability.Process });
        // end

        Receipt receipt = await clicks.Producer<Order>().SendAsync(new Order("tea", 2));
        ArgumentOutOfRangeException.ThrowIfNotEqual(receipt.Durability, Durability.Process);

        // page: backup
        await broker.BackupAsync("shop-copy.db");
        // end
    }

    private static async Task CheckAsync()
    {
        // page: damage
        var store = new SqliteStoreOptions { CheckOnOpen = SqliteStoreCheck.Full, SkipDamaged = true };
        await using MessageBroker broker = await MessageBroker.OpenAsync("shop.db", store: store);
        // end

        ArgumentOutOfRangeException.ThrowIfNotEqual(broker.Queue("clicks").Statistics.Ready, 1);
    }
}
