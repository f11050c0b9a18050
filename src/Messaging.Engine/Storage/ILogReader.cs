using Messaging.Bounds;

namespace Messaging.Storage;

/// <summary>A place in a log that pins what comes after it.</summary>
internal interface ILogReader
{
    /// <summary>Gets the log.</summary>
    MessageLog Log { get; }

    /// <summary>Gets or sets the latest commit group that will write the state. Guarded by the writer.</summary>
    CommitGroup? QueuedIn { get; set; }

    /// <summary>Notes that the state is about to be written so that it survives this. Called under the writer's lock.</summary>
    void NoteMarked(Durability durability);

    /// <summary>Notes that a group is being committed: what changes from here on is not in it. Called under the writer's lock.</summary>
    void NoteTaken(CommitGroup group);

    /// <summary>Gets the first sequence number that is still needed.</summary>
    long Floor { get; }

    /// <summary>Gets or sets the floor with which the reader last passed the log's goal. Used by the log.</summary>
    long PassedFloor { get; set; }

    /// <summary>Gets the floor that the store knows, or is told in the commit being made.</summary>
    long StoredFloor { get; }

    /// <summary>Gets a value indicating whether the reader wants what is new.</summary>
    bool Collects { get; }

    /// <summary>Gets the bound that new messages count in; <see langword="null"/> for none.</summary>
    Backlog? Backlog { get; }

    /// <summary>Shows a place as the floor: nothing before it is needed. Called under the log's lock.</summary>
    void ShowStart(long sequence);

    /// <summary>Begins to read at a place, after <see cref="ShowStart"/>. Called without a lock.</summary>
    void Start(long sequence);

    /// <summary>Has what was acknowledged settled now, since somebody wants the room. Called without a lock.</summary>
    void Look();

    /// <summary>Tells that the log has grown. Called without a lock, by whoever appended.</summary>
    void OnAppended();

    /// <summary>Settles a message that moves to another log, in the commit that holds the move. It counts here until that is published.</summary>
    void OnMoved(long sequence);

    /// <summary>Notes that a message that has moved is in the other log and counts there. Called between the two changes of the <see cref="CountVersion"/>.</summary>
    void OnMovePublished();

    /// <summary>Determines whether the reader does not want a message any more. Called without a lock.</summary>
    bool IsSettled(long sequence);

    /// <summary>Gets a value indicating whether so much was settled above the floor since the last copy, as of the state written
    /// last, that a new one is worth its cost.</summary>
    bool HasSettledMuch { get; }

    /// <summary>Copies what is settled, as ranges in order that begin with all below the floor.</summary>
    void CopySettled(List<(long First, long Last)> output);

    /// <summary>Writes the state for the store.</summary>
    StoreCursor Encode();
}
