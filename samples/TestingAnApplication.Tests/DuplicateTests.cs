using Messaging;
using Messaging.Testing;

namespace TestingAnApplication.Tests;

/// <summary>What comes twice, and must be done once.</summary>
public sealed class DuplicateTests
{
    private static readonly Order _order = new(1, 19.90m, "1234");

    [Fact]
    public async Task Order_WhoseLeaseIsLostWhileTheGatewayIsSlow_IsDeliveredTwiceAndChargedOnce()
    {
        await using Shop shop = await Shop.OpenAsync();
        shop.Gateway.Slowness = TimeSpan.FromSeconds(10);
        Receipt receipt = await shop.Service.PlaceAsync(_order);
        await shop.Test.SettleAsync();

        (await shop.Test.LoseLeaseAsync(receipt.MessageId)).Should().Be(1);
        await shop.Test.AdvanceAsync(TimeSpan.FromMinutes(6));

        shop.Test.Delivered.Of(receipt).At(TimeSpan.Zero, TimeSpan.FromMinutes(5));
        shop.Test.Settled.Of(receipt).Single().Kind.Should().Be(ObservationKind.Acked);
        shop.Gateway.Charged.Should().Equal("order 1");
        shop.Mailer.Sent.Should().Equal("order 1: paid, thank you: P-1");
    }

    [Fact]
    public async Task Order_PlacedTwice_IsOneOrder()
    {
        await using Shop shop = await Shop.OpenAsync();

        Receipt first = await shop.Service.PlaceAsync(_order);
        await shop.Test.SettleAsync();
        Receipt second = await shop.Service.PlaceAsync(_order);
        await shop.Test.SettleAsync();

        second.Should().Be(first with { IsDuplicate = true, Previous = PreviousSend.Settled });
        shop.Test.Delivered.Of(first).Exactly(1);
        shop.Gateway.Calls.Should().Be(1);
    }
}
