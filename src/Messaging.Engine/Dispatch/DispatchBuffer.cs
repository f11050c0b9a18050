using System.Collections.Concurrent;
using System.Threading.Channels;
using Messaging.Scheduling;

namespace Messaging.Dispatch;

/// <summary>The numbers of the messages that a subscription offers to its consumers, and the channel on which those wait that found none. What is in it is
/// not leased and can be taken back.</summary>
/// <remarks>
/// The subscription bounds it by counting what it offers, under its own lock, since a bounded channel's own monitor would be the
/// largest cost of a delivery. Nor does each number go through the channel, whose lock within that lock would be the next one: only who waits is told.
/// Writing, waking and clearing need the lock; reading and waiting do not.
/// </remarks>
internal sealed class DispatchBuffer(BrokerClock clock)
{
    /// <summary>So many numbers are offered at a time: few enough that their slots stay in the processor's nearest cache, many enough to be worth a lock.</summary>
    public const int RunLength = 64;

    private readonly ConcurrentQueue<long> _numbers = new();
    private readonly Channel<bool> _wakes = Channel.CreateBounded<bool>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite, AllowSynchronousContinuations = false });

    /// <summary>Gets what lets senders get ahead of a consumer.</summary>
    public SenderPace Pace { get; } = new(clock);

    /// <summary>Gets or sets the prefetch of all consumers together.</summary>
    public int Capacity { get; set; }

    /// <summary>Offers a message. <see cref="Wake"/> follows if somebody may wait.</summary>
    public void Write(long number) => _numbers.Enqueue(number);

    /// <summary>Wakes all who wait, and whoever is about to.</summary>
    public void Wake() => _wakes.Writer.TryWrite(true);

    /// <summary>Forgets the last <see cref="Wake"/> if what it was for has been taken. Whoever calls this has the next fill wake all again, so that one who
    /// was about to wait for it misses nothing.</summary>
    public void ForgetWake()
    {
        if (_numbers.IsEmpty)
        {
            _wakes.Reader.TryRead(out _);
        }
    }

    /// <summary>Reads a number, which nobody else reads then.</summary>
    public bool TryRead(out long number) => _numbers.TryDequeue(out number);

    /// <summary>Looks at the next number; a consumer may take it at the same moment.</summary>
    public bool TryPeek(out long number) => _numbers.TryPeek(out number);

    /// <summary>Completes when there may be a number: false when there will be none any more.</summary>
    /// <remarks>Numbers that were offered while nobody was known to wait have woken nobody, so it looks for them first.</remarks>
    public ValueTask<bool> WaitAsync(CancellationToken cancellationToken) => _numbers.IsEmpty || cancellationToken.IsCancellationRequested
        ? _wakes.Reader.WaitToReadAsync(cancellationToken)
        : new ValueTask<bool>(true);

    /// <summary>Ends the waiting of the consumers, with the cause if there is one.</summary>
    public void Complete(Exception? cause = null) => _wakes.Writer.TryComplete(cause);
}
