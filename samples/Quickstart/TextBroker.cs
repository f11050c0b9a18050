using Messaging;

namespace Quickstart;

/// <summary>The broker of this sample: a file, a queue of lines, and two durable subscriptions to the topics of handled lines.</summary>
internal sealed class TextBroker : IAsyncDisposable
{
    private readonly MessageBroker _broker;

    private TextBroker(MessageBroker broker, IQueue lines, ISubscription words, ISubscription lengths)
    {
        _broker = broker;
        Lines = lines;
        Words = words;
        Lengths = lengths;
    }

    public IQueue Lines { get; }

    public ISubscription Words { get; }

    public ISubscription Lengths { get; }

    /// <summary>Opens the file. Whoever opens it finds what the process before left there, even if that was killed.</summary>
    public static async Task<TextBroker> OpenAsync(string folder, CancellationToken cancellationToken)
    {
        MessageBroker broker = await MessageBroker.OpenAsync(
            Path.Combine(folder, "quickstart.db"),
            new BrokerOptions { Serializer = new JsonMessageSerializer(QuickstartJson.Default) },
            cancellationToken: cancellationToken);

        // A full queue lets its sender wait, so that at most 5,000 lines lie on disk at once, whatever the input.
        IQueue lines = broker.Queue("lines", new QueueOptions
        {
            Capacity = 5_000,
            Retry = RetryPolicy.Exponential(TimeSpan.FromMilliseconds(20), TimeSpan.FromMilliseconds(200), maxFailures: 4),
        });
        ISubscription words = await broker.SubscribeAsync("text.#", "word-counts", cancellationToken: cancellationToken);
        ISubscription lengths = await broker.SubscribeAsync("text.#", "longest-line", cancellationToken: cancellationToken);
        return new TextBroker(broker, lines, words, lengths);
    }

    /// <summary>A producer for one of the topics. Both subscriptions read at the end only, so the topics must hold every line.</summary>
    public IProducer<HandledLine> HandledLines(string topic) =>
        _broker.Topic(topic, new TopicOptions { Capacity = 1_000_000_000 }).Producer<HandledLine>();

    /// <summary>Waits until a subscription has nothing left to deliver; its dead letters do not count.</summary>
    public static async Task WhenDoneAsync(ISubscription subscription, CancellationToken cancellationToken)
    {
        while (subscription.Statistics is not { Ready: 0, Leased: 0, Waiting: 0 })
        {
            await Task.Delay(TimeSpan.FromMilliseconds(10), cancellationToken);
        }
    }

    public ValueTask DisposeAsync() => _broker.DisposeAsync();
}
