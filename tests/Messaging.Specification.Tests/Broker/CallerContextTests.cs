using Messaging.TestSupport;

namespace Messaging.Specification.Tests.Broker;

/// <summary>Contract line 13: a caller's own synchronization context that throws is that caller's affair.</summary>
public sealed class CallerContextTests
{
    [Theory, EveryStore]
    public async Task Send_ContextOfItsCallerThrows_OthersAreConfirmedAndTheBrokerGoesOn(StoreKind store)
    {
        var log = new RecordingLog();
        await using var harness = await BrokerHarness.StartAsync(store, options => options with { LoggerFactory = log });
        IProducer<int> producer = harness.Broker.Queue("orders").Producer<int>();
        Starter.Run(() =>
        {
            SynchronizationContext.SetSynchronizationContext(new BrokenContext());
            ValueTask<Receipt> lost = producer.SendAsync(1);
            if (!lost.IsCompleted)
            {
                lost.GetAwaiter().OnCompleted(static () => { });
            }

            return true;
        });

        Receipt receipt = await producer.SendAsync(2).Soon();

        receipt.Sequence.Should().Be(2);
        (await harness.DrainAsync<int>(harness.Broker.Queue("orders"))).Should().Equal(1, 2);
    }

    private sealed class BrokenContext : SynchronizationContext
    {
        public override void Post(SendOrPostCallback d, object? state) => throw new InvalidTimeZoneException("the window is closed");
    }
}
