using Messaging.Testing;

namespace TestingAnApplication.Tests;

/// <summary>The order service on a broker under test, with everything around it.</summary>
internal sealed class Shop(TestBroker test) : IAsyncDisposable
{
    private OrderService? _service;

    public TestBroker Test => test;

    public FakeGateway Gateway { get; } = new(test.Time);

    public FakePaymentBook Book { get; } = new();

    public FakeMailer Mailer { get; } = new();

    public OrderService Service => _service ?? throw new InvalidOperationException("The service does not run.");

    public static async Task<Shop> OpenAsync(TestBroker? test = null)
    {
        var shop = new Shop(test ?? TestBroker.Start());
        await shop.StartServiceAsync();
        return shop;
    }

    /// <summary>Lets the process die, and another one begin on what is in the broker's store, the payment book, and the rest of the world.</summary>
    public async Task CrashAndReopenAsync()
    {
        await test.CrashAndReopenAsync();
        await StartServiceAsync();
    }

    public ValueTask DisposeAsync() => test.DisposeAsync();

    private async Task StartServiceAsync() =>
        _service = await OrderService.StartAsync(test.Broker, Gateway, Book, Mailer, test.Time);
}
