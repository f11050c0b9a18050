using Messaging;

namespace ReadmePrograms;

/// <summary>Stands for code of an application that receives in a loop of its own.</summary>
internal sealed class ShippingLoop(IMessageBroker broker)
{
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        await using IConsumer<Order> consumer = broker.Queue("orders").Consumer<Order>();
        while (true)
        {
            Delivery<Order> delivery = await consumer.ReceiveAsync(cancellationToken);
            ArgumentOutOfRangeException.ThrowIfNegativeOrZero(delivery.Body.Count);
            await delivery.AckAsync(cancellationToken);
        }
    }
}
