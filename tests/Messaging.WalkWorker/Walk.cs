using Messaging.Testing;

namespace Messaging.WalkWorker;

/// <summary>The walks of a message through the broker, and of the broker through its opening.</summary>
internal static class Walk
{
    private static readonly ConsumerOptions _manual = new() { AckMode = AckMode.Manual };

    /// <summary>Send, append, dispatch, lease, ack, trim, and the wait for more; in memory.</summary>
    public static async Task InMemoryAsync(string file)
    {
        await using MessageBroker broker = MessageBroker.InMemory();
        await using IProducer<string> producer = broker.Queue("orders").Producer<string>();
        await using IConsumer<string> consumer = broker.Queue("orders").Consumer<string>(_manual);
        HopTrace.Begin();
        await HandleOneAsync(producer, consumer);
        ValueTask<Delivery<string>> more = consumer.ReceiveAsync();
        HopTrace.End(file);
        await producer.SendAsync("more");
        await more;
    }

    /// <summary>The same on a file, and a message for later.</summary>
    public static async Task OnFileAsync(string path, string file, string scheduled)
    {
        await using MessageBroker broker = await MessageBroker.OpenAsync(path);
        await using IProducer<string> producer = broker.Queue("orders").Producer<string>();
        await using IConsumer<string> consumer = broker.Queue("orders").Consumer<string>(_manual);
        await HandleOneAsync(producer, consumer);
        HopTrace.Begin();
        await HandleOneAsync(producer, consumer);

        // The writer keeps its file in order after it has answered, and before it takes the next commit.
        await producer.SendAsync("more");
        HopTrace.End(file);
        await (await consumer.ReceiveAsync()).AckAsync();

        // The first message for later opens a connection that the next ones use again.
        await (await ScheduleAsync(producer, consumer)).AckAsync();
        HopTrace.Begin();
        await ScheduleAsync(producer, consumer);
        HopTrace.End(scheduled);
    }

    /// <summary>The opening of a file that holds something.</summary>
    public static async Task OpeningAsync(string path, string file)
    {
        HopTrace.Begin();
        await using MessageBroker broker = await MessageBroker.OpenAsync(path);
        HopTrace.End(file);
    }

    /// <summary>A failure with a delay, the retry, and the failure that makes a dead letter; in memory.</summary>
    public static async Task ToDeadLetterAsync(string file)
    {
        await using MessageBroker broker = MessageBroker.InMemory();
        IQueue orders = broker.Queue("orders", new QueueOptions { Retry = RetryPolicy.Schedule(TimeSpan.FromSeconds(1)) });
        await using IProducer<string> producer = orders.Producer<string>();
        await using IConsumer<string> consumer = orders.Consumer<string>(_manual);
        await producer.SendAsync("order");
        Delivery<string> first = await consumer.ReceiveAsync();
        HopTrace.Begin();
        await first.NackAsync(TimeSpan.FromSeconds(1));
        Delivery<string> second = await consumer.ReceiveAsync();
        await second.NackAsync();
        HopTrace.End(file);
    }

    /// <summary>A test that lets time pass.</summary>
    public static async Task AdvanceAsync(string file)
    {
        await using TestBroker test = TestBroker.Start();
        await using IWorker worker = test.Broker.Queue("orders").Handle<string>(static (_, _) => ValueTask.CompletedTask);
        await test.SettleAsync();
        HopTrace.Begin();
        await test.AdvanceAsync(TimeSpan.FromMinutes(1));
        HopTrace.End(file);
    }

    private static async Task<Delivery<string>> ScheduleAsync(IProducer<string> producer, IConsumer<string> consumer)
    {
        ValueTask<Delivery<string>> later = consumer.ReceiveAsync();
        await producer.SendAsync("later", new SendOptions { Delay = TimeSpan.FromSeconds(1) });
        return await later;
    }

    private static async Task HandleOneAsync(IProducer<string> producer, IConsumer<string> consumer)
    {
        await producer.SendAsync("order");
        Delivery<string> delivery = await consumer.ReceiveAsync();
        await delivery.AckAsync();
    }
}
