using Messaging;
using Messaging.Testing;

namespace TestingAnApplication.Tests;

/// <summary>A loop of the application's own: the test broker starts it, so time waits for what it does in real time.</summary>
public sealed class SalesReportTests
{
    [Fact]
    public async Task Report_EachHour_TellsOnceWhatWasPaid()
    {
        await using Shop shop = await Shop.OpenAsync();
        var reports = new List<string>();
        ISubscription paid = await shop.Test.Broker.SubscribeAsync("orders.paid", "sales");
        var report = new SalesReport(paid, shop.Test.Time, async numbers =>
        {
            // As a real one would, it leaves the place in which the test broker runs.
            await Task.Run(() => Thread.SpinWait(100_000));
            reports.Add($"{shop.Test.Now:HH:mm}: {string.Join(", ", numbers)}");
        });
        using var stop = new CancellationTokenSource();
        _ = shop.Test.Run(() => report.RunAsync(stop.Token));

        await shop.Service.PlaceAsync(new Order(1, 19.90m, "1234"));
        await shop.Service.PlaceAsync(new Order(2, 7.50m, "5678"));
        await shop.Test.AdvanceAsync(TimeSpan.FromMinutes(90));
        await shop.Service.PlaceAsync(new Order(3, 250m, "1234"));
        await shop.Test.UntilAsync(() => reports.Count == 2);

        reports.Should().Equal("01:00: 1, 2", "02:00: 3");
        shop.Test.Settled.On("sales").Exactly(3);
        await stop.CancelAsync();
    }
}
