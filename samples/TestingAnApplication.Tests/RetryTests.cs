using Messaging;
using Messaging.Testing;

namespace TestingAnApplication.Tests;

/// <summary>What happens to an order that cannot be paid at once.</summary>
public sealed class RetryTests
{
    private static readonly TimeSpan _fiveMinutes = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan _tick = TimeSpan.FromTicks(1);
    private static readonly Order _order = new(1, 19.90m, "1234");

    [Fact]
    public async Task Order_PlacedWhileAllIsWell_IsPaidAtOnce()
    {
        await using Shop shop = await Shop.OpenAsync();

        Receipt receipt = await shop.Service.PlaceAsync(_order);
        await shop.Test.SettleAsync();

        shop.Test.Settled.Of(receipt).Single().Kind.Should().Be(ObservationKind.Acked);
        shop.Mailer.Sent.Should().Equal("order 1: paid, thank you: P-1");
    }

    [Fact]
    public async Task Order_WhenTheGatewayIsDown_IsTriedAgainAfterFiveMinutesToTheTick()
    {
        await using Shop shop = await Shop.OpenAsync();
        shop.Gateway.IsDown = true;
        Receipt receipt = await shop.Service.PlaceAsync(_order);
        await shop.Test.SettleAsync();
        shop.Gateway.IsDown = false;

        await shop.Test.AdvanceAsync(_fiveMinutes - _tick);
        shop.Gateway.Charged.Should().BeEmpty();
        await shop.Test.AdvanceAsync(_tick);

        shop.Test.Delivered.Of(receipt).At(TimeSpan.Zero, _fiveMinutes);
        shop.Gateway.Charged.Should().Equal("order 1");
        shop.Mailer.Sent.Should().Equal("order 1: paid, thank you: P-1");
    }

    [Fact]
    public async Task Order_AfterTheLastRetry_IsDeadLetteredAndPaidWhenRedriven()
    {
        await using Shop shop = await Shop.OpenAsync();
        shop.Gateway.IsDown = true;
        Receipt receipt = await shop.Service.PlaceAsync(_order);

        await shop.Test.AdvanceAsync(TimeSpan.FromHours(3));

        shop.Test.Delivered.Of(receipt).At(
            TimeSpan.Zero, _fiveMinutes, TimeSpan.FromMinutes(5 + 30), TimeSpan.FromMinutes(5 + 30 + 120));
        shop.Test.DeadLettered.Of(receipt).Single().Reason.Should().StartWith("RetriesExhausted").And.Contain("The payment gateway is down.");

        shop.Gateway.IsDown = false;
        (await shop.Test.Broker.Queue("orders").DeadLetters.RedriveAsync()).Should().Be(1);
        await shop.Test.SettleAsync();

        shop.Mailer.Sent.Should().Equal("order 1: paid, thank you: P-1");
    }

    [Fact]
    public async Task Order_WhoseCardIsRefused_IsDeadLetteredAndNotTriedAgain()
    {
        await using Shop shop = await Shop.OpenAsync();

        Receipt receipt = await shop.Service.PlaceAsync(_order with { Card = "0000" });
        await shop.Test.AdvanceAsync(TimeSpan.FromHours(3));

        shop.Test.DeadLettered.Of(receipt).At(TimeSpan.Zero).Single().Reason.Should().Be("Rejected: The bank refuses card 0000.");
        shop.Gateway.Calls.Should().Be(1);
    }

    [Fact]
    public async Task Order_WhenTheGatewayDoesNotAnswer_IsGivenUpAfterTwentySecondsAndTriedAgain()
    {
        await using Shop shop = await Shop.OpenAsync();
        shop.Gateway.Slowness = TimeSpan.FromHours(1);
        Receipt receipt = await shop.Service.PlaceAsync(_order);
        await shop.Test.SettleAsync();
        shop.Gateway.Slowness = TimeSpan.Zero;

        await shop.Test.AdvanceAsync(TimeSpan.FromMinutes(10));

        shop.Test.Settled.Of(receipt).At(TimeSpan.FromSeconds(20), TimeSpan.FromSeconds(20) + _fiveMinutes);
        shop.Test.Settled.Of(receipt)[0].Reason.Should().Contain("has not answered within 20 s");
        shop.Gateway.Calls.Should().Be(2);
        shop.Gateway.Charged.Should().Equal("order 1");
    }
}
