using Messaging;
using Messaging.Testing;
using Messaging.Testing.Faults;
using Messaging.Testing.Stores;

namespace TestingAnApplication.Tests;

/// <summary>What is left of an order when the process dies, the disk fails, or the power does.</summary>
public sealed class CrashTests
{
    private static readonly Order _order = new(1, 19.90m, "1234");

    [Fact]
    public async Task Crash_BetweenTheChargeAndTheAck_ChargesOnce()
    {
        await using Shop shop = await Shop.OpenAsync();
        // At the next commit: the payment is in the book by then, and the order is not acked.
        shop.Gateway.AfterCharge = () => shop.Test.Faults.CrashAt(CrashPoints.CommitReturned);
        Receipt receipt = await shop.Service.PlaceAsync(_order);
        await shop.Test.SettleAsync();
        shop.Test.HasCrashed.Should().BeTrue();
        shop.Test.Settled.Of(receipt).None();

        await shop.CrashAndReopenAsync();
        await shop.Test.AdvanceAsync(TimeSpan.FromMinutes(5));

        shop.Gateway.Calls.Should().Be(1, "the payment was in the book");
        shop.Test.Settled.Of(receipt).Single().Kind.Should().Be(ObservationKind.Acked);
        shop.Mailer.Sent.Should().Equal("order 1: paid, thank you: P-1");
        shop.Test.Faults.VerifyAllHit();
    }

    [Fact]
    public async Task Crash_BetweenTheChargeAndTheBook_ChargesOnce()
    {
        await using Shop shop = await Shop.OpenAsync();
        shop.Gateway.Slowness = TimeSpan.FromSeconds(10);
        await shop.Service.PlaceAsync(_order);
        await shop.Test.SettleAsync();
        shop.Gateway.Charged.Should().Equal("order 1");

        await shop.CrashAndReopenAsync();
        await shop.Test.AdvanceAsync(TimeSpan.FromMinutes(6));

        shop.Gateway.Calls.Should().Be(2, "the book did not know of the payment, and the gateway knew the key");
        shop.Gateway.Charged.Should().Equal("order 1");
        shop.Mailer.Sent.Should().Equal("order 1: paid, thank you: P-1");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Place_WhoseOutcomeIsUnknown_IsRepeatedAndAddsTheOrderOnce(bool stored)
    {
        await using Shop shop = await Shop.OpenAsync();
        shop.Test.Faults.On(StoreOperation.Commit).OfLog("orders").Nth(1).FailUnknown(stored);
        await Assert.ThrowsAsync<StoreOutcomeUnknownException>(() => shop.Service.PlaceAsync(_order));

        await shop.CrashAndReopenAsync();
        Receipt again = await shop.Service.PlaceAsync(_order);
        await shop.Test.SettleAsync();

        again.IsDuplicate.Should().Be(stored);
        shop.Test.Delivered.On("orders").Exactly(1);
        shop.Mailer.Sent.Should().Equal("order 1: paid, thank you: P-1");
    }

    [Fact]
    public async Task DiskFull_AfterTheCharge_IsTriedAgainAndChargesOnce()
    {
        await using Shop shop = await Shop.OpenAsync();
        shop.Test.Faults.On(StoreOperation.Commit).OfLog("orders.paid").MinAppends(1).Nth(1).Fail();
        Receipt receipt = await shop.Service.PlaceAsync(_order);

        await shop.Test.AdvanceAsync(TimeSpan.FromMinutes(5));

        shop.Test.Delivered.Of(receipt).At(TimeSpan.Zero, TimeSpan.FromMinutes(5));
        shop.Gateway.Calls.Should().Be(1);
        shop.Mailer.Sent.Should().Equal("order 1: paid, thank you: P-1");
        shop.Test.Faults.VerifyAllHit();
    }

    [Fact]
    public async Task PowerCut_AfterPlacing_LosesNoOrder()
    {
        var disk = new SimulatedDisk();
        await using Shop shop = await Shop.OpenAsync(await TestBroker.StartAsync(disk.CreateStore));
        shop.Gateway.IsDown = true;
        await shop.Service.PlaceAsync(_order);
        await shop.Test.SettleAsync();
        shop.Gateway.IsDown = false;

        disk.CutPower(kept: 0);
        await shop.CrashAndReopenAsync();
        await shop.Test.AdvanceAsync(TimeSpan.FromMinutes(5));

        shop.Mailer.Sent.Should().Equal("order 1: paid, thank you: P-1");
    }
}
