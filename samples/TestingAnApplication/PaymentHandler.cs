using Messaging;

namespace TestingAnApplication;

/// <summary>Has an order paid. It may be called again for the same order at any time: after a failure, a crash, or beside itself.</summary>
internal sealed class PaymentHandler(
    IMessageBroker broker, IPaymentGateway gateway, IPaymentBook book, TimeProvider time, TimeSpan gatewayTimeout)
{
    private readonly IProducer<OrderPaid> _paid = broker.Topic("orders.paid").Producer<OrderPaid>();

    /// <summary>Handles a delivery. What it throws is tried again, by the retry policy of the queue's handler.</summary>
    public async Task HandleAsync(Delivery<Order> delivery, CancellationToken cancellationToken)
    {
        Order order = delivery.Body;
        Payment? payment = book.Find(order.Number);
        if (payment is null)
        {
            try
            {
                payment = await ChargeAsync(order, cancellationToken);
            }
            catch (CardRefusedException refused)
            {
                await delivery.DeadLetterAsync(refused.Message, cancellationToken);
                return;
            }

            book.Add(payment);
        }

        // Under an id of its own, so that a repetition adds nothing.
        await _paid.SendAsync(
            new OrderPaid(order.Number, payment.Reference),
            new() { MessageId = MessageId.FromName($"order {order.Number} is paid") },
            cancellationToken);
        await broker.CancelAsync(OrderService.ReminderOf(order.Number), cancellationToken);
    }

    private async Task<Payment> ChargeAsync(Order order, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(gatewayTimeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            // The key is the order's, not the attempt's: a death between the charge and the book must not charge twice.
            string reference = await gateway.ChargeAsync($"order {order.Number}", order.Card, order.Amount, either.Token);
            return new Payment(order.Number, reference, time.GetUtcNow());
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested)
        {
            throw new TimeoutException($"The payment gateway has not answered within {gatewayTimeout.TotalSeconds:0} s.");
        }
    }
}
