using Messaging.Cursors;

namespace Messaging.Subscriptions;

/// <content>From the logs to the consumers.</content>
internal sealed partial class Subscription
{
    public void OnAppended()
    {
        if (_demand.IsHungry)
        {
            lock (_gate)
            {
                PumpLocked();
            }
        }

        if (_keeper.Limit is { } backlog && _keeper.NeedsCheck(backlog))
        {
            KeepWithinBacklog();
        }
    }

    /// <summary>Fills the buffer from what is returned, failed and new.</summary>
    /// <remarks>While consumers run they fill it themselves. Senders do it only when one may be parked and found nothing,
    /// so that sending and consuming do not fight for the lock.</remarks>
    private void PumpLocked()
    {
        if (_demand.Serve(_intake))
        {
            _context.Work.Enter();
            _context.Work.Run(_settleLater ??= SettleLater);
        }
    }

    /// <summary>Fills the buffer if what was settled may have made that possible.</summary>
    private void AfterSettleLocked()
    {
        if (_demand.IsFull || _inHand.Redelivery.ReadyCount > 0)
        {
            PumpLocked();
        }
    }

    private void MarkLazily(LogCursor cursor, Durability durability)
    {
        if (_context.WriterOf(cursor.Log) is { } writer && !cursor.IsMarked(durability) && writer.Failure is null)
        {
            try
            {
                writer.MarkLazily(cursor, durability);
            }
            catch (Exception exception) when (exception is ObjectDisposedException or StoreException)
            {
                // The writer has stopped meanwhile; whoever waits for it is told.
            }
        }
    }
}
