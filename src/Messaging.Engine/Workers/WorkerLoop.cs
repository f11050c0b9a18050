namespace Messaging.Workers;

/// <summary>One loop of a worker: the message in its hands, since when, and the source of the handler's token, which serves again and again.</summary>
/// <remarks>The loop writes without a lock, and others read. Each write is a release. So a reader that finds the same call before and after has
/// read what belongs to it.</remarks>
internal sealed class WorkerLoop
{
    /// <summary>The delivery number of the message in hand, from the moment it leaves the buffer; 0 for none. Used by the loop only.</summary>
    public long Number;

    private long _calling;
    private long _until;
    private long _sequence;
    private ulong _idHigh;
    private ulong _idLow;
    private string? _destination;

    /// <summary>Gets a value indicating whether a call runs.</summary>
    public bool IsCalling => Volatile.Read(ref _calling) != 0;

    /// <summary>Gets the source of the handler's token; <see langword="null"/> for none yet.</summary>
    public CancellationTokenSource? Call { get; private set; }

    /// <summary>Gets the source for the next call's token.</summary>
    public CancellationTokenSource Source() => Call ??= new CancellationTokenSource();

    /// <summary>Notes that the message in hand is being handled.</summary>
    /// <param name="until">When the call is over its time, in UTC ticks.</param>
    /// <param name="id">The message's id.</param>
    /// <param name="sequence">Its number.</param>
    /// <param name="destination">Where it was sent to.</param>
    public void Begin(long until, MessageId id, long sequence, string destination)
    {
        Volatile.Write(ref _until, until);
        Volatile.Write(ref _sequence, sequence);
        Volatile.Write(ref _idHigh, id.High);
        Volatile.Write(ref _idLow, id.Low);
        if (!ReferenceEquals(_destination, destination))
        {
            Volatile.Write(ref _destination, destination);
        }

        Volatile.Write(ref _calling, Number);
    }

    /// <summary>Ends a call.</summary>
    /// <param name="isSettled">Whether the lease was held and is settled. Otherwise the source belongs to it, and its cancellation may still come.</param>
    public void End(bool isSettled)
    {
        if (!isSettled || !Call!.TryReset())
        {
            Call = null;
        }

        Volatile.Write(ref _calling, 0);
        Number = 0;
    }

    /// <summary>Reads the call that runs, if one does. May be called by anyone.</summary>
    public bool TryRead(out RunningCall call)
    {
        while (Volatile.Read(ref _calling) is not 0 and var number)
        {
            call = new RunningCall(
                number,
                Volatile.Read(ref _until),
                new MessageId(Volatile.Read(ref _idHigh), Volatile.Read(ref _idLow)),
                Volatile.Read(ref _sequence),
                Volatile.Read(ref _destination)!);
            Interlocked.MemoryBarrier();
            if (Volatile.Read(ref _calling) == number)
            {
                return true;
            }
        }

        call = default;
        return false;
    }
}
