namespace Messaging.Abstractions.Tests;

/// <summary>A producer that writes down what it is given.</summary>
internal sealed class RecordingProducer<T> : IProducer<T>
{
    public List<(T Body, SendOptions? Options, CancellationToken Cancellation)> Sent { get; } = [];

    public ValueTask<Receipt> SendAsync(T body, SendOptions? options = null, CancellationToken cancellationToken = default)
    {
        Sent.Add((body, options, cancellationToken));
        return new(default(Receipt));
    }

    public async ValueTask<IReadOnlyList<Receipt>> SendBatchAsync(IReadOnlyCollection<Message<T>> messages, CancellationToken cancellationToken = default)
    {
        Message<T>[] copy = [.. messages];
        Sent.AddRange(copy.Select(message => (message.Body, message.Options, cancellationToken)));
        await Task.CompletedTask;
        return new Receipt[copy.Length];
    }

    public ValueTask FlushAsync(CancellationToken cancellationToken = default) => default;

    public ValueTask DisposeAsync() => default;
}
