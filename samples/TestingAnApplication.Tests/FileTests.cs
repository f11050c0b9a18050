using Messaging;
using Messaging.Sqlite;
using Messaging.Testing;

namespace TestingAnApplication.Tests;

/// <summary>The same on a SQLite file, for what depends on the real store.</summary>
public sealed class FileTests
{
    [Fact]
    public async Task Order_OnAFile_SurvivesACrashBeforeItsRetry()
    {
        string folder = Directory.CreateTempSubdirectory("messaging-shop-").FullName;
        try
        {
            await using Shop shop = await Shop.OpenAsync(await TestBroker.StartAsync(() => new SqliteMessageStore(Path.Combine(folder, "shop.db"))));
            shop.Gateway.IsDown = true;
            Receipt receipt = await shop.Service.PlaceAsync(new Order(1, 19.90m, "1234"));
            await shop.Test.AdvanceAsync(TimeSpan.FromMinutes(1));
            shop.Gateway.IsDown = false;

            await shop.CrashAndReopenAsync();
            await shop.Test.AdvanceAsync(TimeSpan.FromMinutes(4));

            shop.Test.Delivered.Of(receipt).At(TimeSpan.Zero, TimeSpan.FromMinutes(5));
            shop.Mailer.Sent.Should().Equal("order 1: paid, thank you: P-1");
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
