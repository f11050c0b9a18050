using System.Threading.Channels;

namespace Messaging.Dispatch;

/// <summary>The bounded channel between a subscription and its consumers. What is in it is not leased and can be taken back.</summary>
/// <remarks>
/// The bound is a count kept by the subscription under its own lock, since a bounded channel's own monitor would be the
/// largest cost of a delivery. Reading and waiting need no lock; everything else is called with the subscription's.
/// </remarks>
internal sealed class DispatchBuffer
{
    private readonly Channel<Buffered> _channel = Channel.CreateUnbounded<Buffered>(
        new UnboundedChannelOptions { SingleWriter = true, AllowSynchronousContinuations = false });

    private int _count;

    /// <summary>Gets or sets the prefetch of all consumers together.</summary>
    public int Capacity { get; set; }

    public int Count => _count;

    public bool HasRoom => _count < Capacity;

    /// <summary>Gets a value indicating whether it is worth filling up.</summary>
    public bool IsLow => _count <= Capacity / 2;

    public void Write(in Buffered item)
    {
        _count++;
        _channel.Writer.TryWrite(item);
    }

    /// <summary>Counts an item that was read; called with the lock, after <see cref="TryRead"/>.</summary>
    public void NoteTaken() => _count--;

    /// <summary>Reads an item; called without the lock, and followed by <see cref="NoteTaken"/> with it.</summary>
    public bool TryRead(out Buffered item) => _channel.Reader.TryRead(out item);

    /// <summary>Looks at the next item; a consumer may take it at the same moment.</summary>
    public bool TryPeek(out Buffered item) => _channel.Reader.TryPeek(out item);

    /// <summary>Completes when there may be an item: false when there will be none any more.</summary>
    public ValueTask<bool> WaitAsync(CancellationToken cancellationToken) => _channel.Reader.WaitToReadAsync(cancellationToken);

    /// <summary>Ends the waiting of the consumers, with the cause if there is one.</summary>
    public void Complete(Exception? cause = null) => _channel.Writer.TryComplete(cause);
}
