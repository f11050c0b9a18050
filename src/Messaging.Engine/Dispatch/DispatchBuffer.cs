using System.Threading.Channels;

namespace Messaging.Dispatch;

/// <summary>The channel between a subscription and its consumers: the numbers of messages that are offered. What is in it is not leased and can be taken back.</summary>
/// <remarks>
/// The subscription bounds it by counting what it offers, under its own lock, since a bounded channel's own monitor would be the
/// largest cost of a delivery. Writing needs that lock; reading and waiting do not.
/// </remarks>
internal sealed class DispatchBuffer
{
    private readonly Channel<long> _channel = Channel.CreateUnbounded<long>(
        new UnboundedChannelOptions { SingleWriter = true, AllowSynchronousContinuations = false });

    /// <summary>Gets or sets the prefetch of all consumers together.</summary>
    public int Capacity { get; set; }

    /// <summary>Offers a message, and wakes all who wait.</summary>
    public void Write(long number) => _channel.Writer.TryWrite(number);

    /// <summary>Reads a number, which nobody else reads then.</summary>
    public bool TryRead(out long number) => _channel.Reader.TryRead(out number);

    /// <summary>Looks at the next number; a consumer may take it at the same moment.</summary>
    public bool TryPeek(out long number) => _channel.Reader.TryPeek(out number);

    /// <summary>Completes when there may be a number: false when there will be none any more.</summary>
    public ValueTask<bool> WaitAsync(CancellationToken cancellationToken) => _channel.Reader.WaitToReadAsync(cancellationToken);

    /// <summary>Ends the waiting of the consumers, with the cause if there is one.</summary>
    public void Complete(Exception? cause = null) => _channel.Writer.TryComplete(cause);
}
