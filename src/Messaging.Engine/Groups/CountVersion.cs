namespace Messaging.Groups;

/// <summary>The version of one broker's counts: it changes while messages move from one count to another, so that a reader of several counts sees each move whole.</summary>
/// <remarks>
/// Those who move a message change the counts between <see cref="Begin"/> and <see cref="End"/>: a few instructions, without a wait or a call to foreign
/// code. Several may do so at once. A reader takes no lock of theirs: it reads again if a move was under way.
/// </remarks>
internal sealed class CountVersion
{
    private long _begun;
    private long _ended;

    public void Begin() => Interlocked.Increment(ref _begun);

    public void End() => Interlocked.Increment(ref _ended);

    /// <summary>Reads counts between two moves.</summary>
    /// <param name="state">What the reader needs.</param>
    /// <param name="read">Reads the counts, as often as it takes.</param>
    public T Read<TState, T>(TState state, Func<TState, T> read)
    {
        SpinWait spin = default;
        while (true)
        {
            // In this order: when both are equal, no move was under way between the two reads.
            long ended = Volatile.Read(ref _ended);
            long begun = Volatile.Read(ref _begun);
            if (begun == ended)
            {
                T value = read(state);
                Interlocked.MemoryBarrier();
                if (Volatile.Read(ref _begun) == begun)
                {
                    return value;
                }
            }

            spin.SpinOnce();
        }
    }
}
