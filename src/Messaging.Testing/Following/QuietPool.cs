namespace Messaging.Testing.Following;

/// <summary>Finds out whether the thread pool has anything yet to run for code that a test has started.</summary>
/// <remarks>The pool can be asked how much it has to run, but not for whom. So rest is believed when something has gone through the pool, nothing waited
/// there behind it, and nothing has changed meanwhile. A pool that is kept busy by others is gone through some times more. A thread that has taken a piece
/// and not begun cannot be seen: while that would matter, it gets some milliseconds.</remarks>
/// <param name="count">Counts what changes meanwhile, and knows the threads that execute such code.</param>
/// <param name="answered">Called when the answer is there.</param>
internal sealed class QuietPool(WorkCount count, Action answered)
{
    private const int LeastRounds = 2;
    private const int MostRounds = 16;
    private const int Pauses = 4;

    private long _quietAt = -1;
    private long _askedAt;
    private int _isAsked;
    private int _round;
    private int _pausesLeft;

    /// <summary>Gets or sets a value indicating whether a test has started code with loops of its own.</summary>
    public bool Follows { get; set; }

    /// <summary>Gets a value indicating whether such code neither executes on the pool nor has anything to run there.</summary>
    public bool IsQuiet => !Follows || (!count.Threads.AnyRuns && IsQuietSince(count.Steps + count.Threads.Entries, count.Activities?.HasInHand ?? false));

    /// <summary>Tells whether the pool was quiet since a change. If that is not known yet, it is asked, and the answer is told.</summary>
    /// <param name="change">The number of the last change.</param>
    /// <param name="isDoubtful">Whether code has deliveries in hand that are not counted, since something of it waits.</param>
    private bool IsQuietSince(long change, bool isDoubtful)
    {
        if (Volatile.Read(ref _quietAt) == change)
        {
            return true;
        }

        if (Interlocked.Exchange(ref _isAsked, 1) == 0)
        {
            _askedAt = change;
            _round = 0;
            _pausesLeft = isDoubtful ? Pauses : 0;
            Ask();
        }

        return false;
    }

    private void Ask() => ThreadPool.UnsafeQueueUserWorkItem(static pool => pool.Answer(), this, preferLocal: false);

    private void Answer()
    {
        if (++_round < LeastRounds || (_round < MostRounds && ThreadPool.PendingWorkItemCount > 0))
        {
            Ask();
            return;
        }

        if (_pausesLeft-- > 0)
        {
            Thread.Sleep(1);
            Ask();
            return;
        }

        Volatile.Write(ref _quietAt, _askedAt);
        Volatile.Write(ref _isAsked, 0);
        answered();
    }
}
