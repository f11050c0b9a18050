using Messaging;

namespace TestingAnApplication;

/// <summary>Takes orders, has them paid, and writes to the customers. It knows a broker and a clock, and not who tests it.</summary>
internal sealed class OrderService : IAsyncDisposable
{
    private readonly IMessageBroker _broker;
    private readonly IPaymentBook _book;
    private readonly IMailer _mailer;
    private readonly OrderServiceOptions _options;
    private readonly IWorker[] _workers;

    private OrderService(
        IMessageBroker broker, ISubscription mail, IPaymentGateway gateway, IPaymentBook book, IMailer mailer, TimeProvider time, OrderServiceOptions options)
    {
        _broker = broker;
        _book = book;
        _mailer = mailer;
        _options = options;
        var payments = new PaymentHandler(broker, gateway, book, time, options.GatewayTimeout);
        _workers =
        [
            broker.Queue("orders").Handle<Order>(payments.HandleAsync, new() { Concurrency = 4, Retry = options.Retry }),
            broker.Queue("reminders").Handle<Reminder>(RemindAsync),
            mail.Handle<OrderPaid>(ThankAsync),
        ];
    }

    /// <summary>Starts the service on a broker, which stays the caller's.</summary>
    public static async Task<OrderService> StartAsync(
        IMessageBroker broker, IPaymentGateway gateway, IPaymentBook book, IMailer mailer, TimeProvider time, OrderServiceOptions? options = null)
    {
        // A subscription receives what is sent from then on: it must be there before the first order is paid.
        ISubscription mail = await broker.SubscribeAsync("orders.paid", "mail");
        return new OrderService(broker, mail, gateway, book, mailer, time, options ?? new OrderServiceOptions());
    }

    /// <summary>Gets the id of an order's reminder, by which it can be cancelled.</summary>
    public static MessageId ReminderOf(int order) => MessageId.FromName($"reminder of order {order}");

    /// <summary>Takes an order: when it returns, the order is safe. When it fails, repeat it: an order that is there already is not added again.</summary>
    public async Task<Receipt> PlaceAsync(Order order)
    {
        await _broker.Queue("reminders").Producer<Reminder>().SendAsync(
            new Reminder(order.Number), new() { MessageId = ReminderOf(order.Number), Delay = _options.ReminderAfter });
        return await _broker.Queue("orders").Producer<Order>().SendAsync(
            order, new() { MessageId = MessageId.FromName($"order {order.Number}") });
    }

    public async ValueTask DisposeAsync()
    {
        foreach (IWorker worker in _workers)
        {
            await worker.DisposeAsync();
        }
    }

    private async Task ThankAsync(Delivery<OrderPaid> delivery, CancellationToken cancellationToken) =>
        await _mailer.SendAsync(delivery.Body.Number, $"paid, thank you: {delivery.Body.Payment}", cancellationToken);

    private async Task RemindAsync(Delivery<Reminder> delivery, CancellationToken cancellationToken)
    {
        if (_book.Find(delivery.Body.Order) is null)
        {
            await _mailer.SendAsync(delivery.Body.Order, "not paid yet", cancellationToken);
        }
    }
}
