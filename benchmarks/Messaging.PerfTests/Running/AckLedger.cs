using System.Collections;

namespace Messaging.PerfTests.Running;

/// <summary>What a receiver of numbered messages has seen and acknowledged. It throws as soon as one comes back whose acknowledgement was confirmed.</summary>
/// <remarks>Used by one receiver.</remarks>
internal sealed class AckLedger(long count)
{
    private readonly BitArray _received = new((int)count);
    private readonly BitArray _acked = new((int)count);
    private long _receipts;
    private long _acks;

    /// <summary>Gets the deliveries of all sessions together.</summary>
    public long Receipts => Volatile.Read(ref _receipts);

    public long Acked => Volatile.Read(ref _acks);

    /// <summary>Forgets what was received, since what is not acknowledged comes again in the next session.</summary>
    public void BeginSession() => _received.SetAll(false);

    public void Receive(long number)
    {
        WrongResultException.ThrowUnless(number >= 0 && number < count, $"Message {number:N0} was never sent.");
        WrongResultException.ThrowUnless(!_acked[(int)number], $"Message {number:N0} came again after it was acknowledged.");
        WrongResultException.ThrowUnless(!_received[(int)number], $"Message {number:N0} came twice in one session.");
        _received[(int)number] = true;
        Volatile.Write(ref _receipts, _receipts + 1);
    }

    public void Confirm(long number, Settlement settlement)
    {
        WrongResultException.ThrowUnless(settlement == Settlement.Acked, $"The acknowledgement of message {number:N0} returned {settlement}.");
        _acked[(int)number] = true;
        Volatile.Write(ref _acks, _acks + 1);
    }

    /// <summary>Checks that each message was acknowledged, and that there were so many deliveries.</summary>
    public void Verify(long receipts)
    {
        WrongResultException.ThrowUnless(Acked == count && _acked.HasAllSet(), $"{Acked:N0} of {count:N0} messages were acknowledged.");
        WrongResultException.ThrowUnless(Receipts == receipts, $"There were {Receipts:N0} deliveries instead of {receipts:N0}.");
    }
}
