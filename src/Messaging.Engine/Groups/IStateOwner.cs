using Messaging.Logs;
using Messaging.Storage;

namespace Messaging.Groups;

/// <summary>Who owns the states of readers that are written with commits. Called without a lock.</summary>
internal interface IStateOwner : ILogReaderOwner
{
    /// <summary>Begins to read at a number, which the log has shown already.</summary>
    void OnStarted(StoredReader reader, long sequence);

    /// <summary>Settles a message that moves to another log, in the commit that holds the move. It counts here until that is published.</summary>
    void OnMoved(StoredReader reader, long sequence);

    /// <summary>Notes that a message that has moved is in the other log and counts there. Called between the two changes of the <see cref="CountVersion"/>.</summary>
    void OnMovePublished();

    /// <summary>Copies what is settled, as ranges in order that begin with all below the floor.</summary>
    void CopySettled(StoredReader reader, List<(long First, long Last)> output);

    /// <summary>Writes a state for the store.</summary>
    StoreCursor Encode(StoredReader reader);
}
