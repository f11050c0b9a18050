using Messaging.Cursors;
using Messaging.Scheduling;

namespace Messaging.Dispatch;

/// <summary>Keeps a consumer from following a sender message by message.</summary>
/// <remarks>What is taken as soon as it is there moves between two processors' caches one message at a time, which makes the sender and the consumer slow.
/// So a consumer that found a few new messages when it looked last waits until there is a whole run: some 6 µs at the most, and only as long as more come.
/// One that found none goes to sleep at once.</remarks>
internal sealed class SenderPace(BrokerClock clock)
{
    // Clearly less than a run.
    private const int Few = 48;

    private const int Steps = 20;

    // A step of some 0.3 µs, in which a busy sender sends a message or two.
    private const int SpinsAStep = 64;

    private readonly bool _waits = clock.IsReal && Environment.ProcessorCount > 1;
    private LogCursor? _followed;

    /// <summary>Notes how many messages a consumer's look has found, and where, if they were of one log.</summary>
    public void Note(int found, LogCursor? cursor) => Volatile.Write(ref _followed, _waits && found is > 0 and < Few ? cursor : null);

    /// <summary>Waits while senders get ahead, if the last look found that they are not. Called without a lock.</summary>
    public void LetSendersGetAhead()
    {
        if (Volatile.Read(ref _followed) is { } cursor)
        {
            Wait(cursor);
        }
    }

    private static void Wait(LogCursor cursor)
    {
        long end = cursor.End;
        for (int i = 0; i < Steps && cursor.Fresh < DispatchBuffer.RunLength; i++)
        {
            Thread.SpinWait(SpinsAStep);
            long now = cursor.End;
            if (now == end)
            {
                return;
            }

            end = now;
        }
    }
}
