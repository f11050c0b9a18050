using Messaging;
using TestingAnApplication;

// Three orders on a file, and a payment gateway that is down at first. Payments are tried again after one second, so that nobody has
// to wait for the service's five minutes. The tests, in samples/TestingAnApplication.Tests, wait for the five minutes: in no time.
string folder = Directory.CreateTempSubdirectory("messaging-orders-").FullName;
try
{
    await using MessageBroker broker = await MessageBroker.OpenAsync(Path.Combine(folder, "shop.db"));
    using var book = new PaymentFile(Path.Combine(folder, "payments.txt"));
    var gateway = new DemoGateway(downFor: 3);
    var mailer = new ConsoleMailer(expected: 3);
    var second = TimeSpan.FromSeconds(1);
    var options = new OrderServiceOptions { Retry = RetryPolicy.Schedule(second, second, second), ReminderAfter = TimeSpan.FromSeconds(2) };
    await using OrderService service = await OrderService.StartAsync(broker, gateway, book, mailer, TimeProvider.System, options);

    await service.PlaceAsync(new Order(1, 19.90m, "1234"));
    await service.PlaceAsync(new Order(2, 250m, "0000"));
    await service.PlaceAsync(new Order(3, 7.50m, "5678"));
    await mailer.Done;

    await foreach (DeadLetter letter in broker.Queue("orders").DeadLetters.PeekAsync())
    {
        Console.WriteLine($"order {letter.ReadBody<Order>().Number}: given up: {letter.Description}");
    }
}
finally
{
    Directory.Delete(folder, recursive: true);
}
