namespace Messaging.Testing.Running;

/// <summary>Finds out whether the thread pool has anything yet to run for code that a test has started.</summary>
/// <remarks>The pool can be asked how much it has to run, but not for whom. So rest is believed when something has gone through the pool, nothing waited
/// there behind it, and nothing has changed meanwhile. A pool that is kept busy by others is gone through some times more.</remarks>
/// <param name="answered">Called when the answer is there.</param>
internal sealed class QuietPool(Action answered)
{
    private const int LeastRounds = 2;
    private const int MostRounds = 16;

    private long _quietAt = -1;
    private long _askedAt;
    private int _isAsked;
    private int _round;

    /// <summary>Tells whether the pool was quiet since a change. If that is not known yet, it is asked, and the answer is told.</summary>
    /// <param name="change">The number of the last change.</param>
    public bool IsQuietSince(long change)
    {
        if (Volatile.Read(ref _quietAt) == change)
        {
            return true;
        }

        if (Interlocked.Exchange(ref _isAsked, 1) == 0)
        {
            _askedAt = change;
            _round = 0;
            Ask();
        }

        return false;
    }

    private void Ask() => ThreadPool.UnsafeQueueUserWorkItem(static pool => pool.Answer(), this, preferLocal: false);

    private void Answer()
    {
        // A thread of the pool may have taken something and not begun with it: let it go first.
        Thread.Yield();
        if (++_round < LeastRounds || (_round < MostRounds && ThreadPool.PendingWorkItemCount > 0))
        {
            Ask();
            return;
        }

        Volatile.Write(ref _quietAt, _askedAt);
        Volatile.Write(ref _isAsked, 0);
        answered();
    }
}
