using Messaging.Storage;

namespace Messaging.Cursors;

/// <summary>The owner of a cursor's state, who guards it.</summary>
internal interface ICursorOwner
{
    /// <summary>Takes a cursor that begins at a place.</summary>
    void OnStarted(LogCursor cursor, long sequence);

    /// <summary>Tells that a log has grown.</summary>
    void OnAppended();

    /// <summary>Has what was acknowledged settled now.</summary>
    void Look();

    /// <summary>Settles a message that a commit moves to another log.</summary>
    void OnMoved(LogCursor cursor, long sequence);

    /// <summary>Notes that a message that was moved is in the other log and counts there.</summary>
    void OnMovePublished();

    /// <summary>Determines whether a cursor has settled a message, or lets it pass by.</summary>
    bool IsSettled(LogCursor cursor, long sequence);

    /// <summary>Has a cursor's settled messages copied, as ranges in order that begin with all below the floor.</summary>
    void CopySettled(LogCursor cursor, List<(long First, long Last)> output);

    /// <summary>Writes a cursor's state for the store.</summary>
    StoreCursor Encode(LogCursor cursor);
}
