using Messaging.Testing;
using Messaging.Testing.Faults;

namespace TestingAnApplication.Tests;

/// <summary>The reminder that is sent with each order, a day ahead.</summary>
public sealed class ReminderTests
{
    private static readonly TimeSpan _day = TimeSpan.FromHours(24);
    private static readonly Order _order = new(1, 19.90m, "1234");

    [Fact]
    public async Task Reminder_OfAnOrderThatIsPaid_IsCancelled()
    {
        await using Shop shop = await Shop.OpenAsync();

        await shop.Service.PlaceAsync(_order);
        await shop.Test.AdvanceAsync(2 * _day);

        shop.Test.Scheduled.On("reminders").Single().Due.Should().Be(shop.Test.Now - _day);
        shop.Test.Observations.Where(seen => seen.Kind == ObservationKind.Cancelled).At(TimeSpan.Zero);
        shop.Test.Delivered.On("reminders").None();
    }

    [Fact]
    public async Task Reminder_OfAnOrderThatIsRefused_ComesAfterADayToTheTick()
    {
        await using Shop shop = await Shop.OpenAsync();

        await shop.Service.PlaceAsync(_order with { Card = "0000" });
        await shop.Test.AdvanceAsync(2 * _day);

        shop.Test.Delivered.On("reminders").At(_day);
        shop.Mailer.Sent.Should().Equal("order 1: not paid yet");
    }

    [Fact]
    public async Task Reminder_DueWhileTheProcessWasDown_IsNotMailedForAnOrderThatIsPaid()
    {
        await using Shop shop = await Shop.OpenAsync();
        shop.Gateway.AfterCharge = () => shop.Test.Faults.CrashAt(CrashPoints.CommitBegins);
        await shop.Service.PlaceAsync(_order);
        await shop.Test.SettleAsync();

        await shop.Test.PauseAsync(2 * _day);
        await shop.CrashAndReopenAsync();
        await shop.Test.AdvanceAsync(TimeSpan.FromMinutes(5));

        shop.Test.Delivered.On("reminders").At(2 * _day);
        shop.Mailer.Sent.Should().Equal("order 1: paid, thank you: P-1");
    }
}
