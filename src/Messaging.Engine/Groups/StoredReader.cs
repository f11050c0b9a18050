using Messaging.Logs;

namespace Messaging.Groups;

/// <summary>What the writer needs of a reader whose state is written with commits: whether it is dirty, and from where on the store must keep the log.</summary>
internal abstract class StoredReader(IStateOwner owner, MessageLog log, long heldFrom, long keptFrom, bool collects)
    : LogReader(owner, log, heldFrom, collects)
{
    private long _keptFrom = keptFrom;

    // Written under the writer's lock, read without it: what the state's next writing survives, plus one; 0 when none is due.
    private int _marked;

    /// <summary>Gets or sets the latest commit group that will write the state. Guarded by the writer.</summary>
    public CommitGroup? QueuedIn { get; set; }

    public IStateOwner States => owner;

    /// <summary>Gets or sets the first number that the store must keep, by the state that it knows or is told in the commit being made.</summary>
    public long KeptFrom
    {
        get => Volatile.Read(ref _keptFrom);
        protected set => Volatile.Write(ref _keptFrom, value);
    }

    /// <summary>Gets or sets a value indicating whether so much was settled above the floor since the last copy, as of the state written
    /// last, that a new one is worth its cost. Used by the writer's thread only.</summary>
    public bool HasSettledMuch { get; protected set; }

    /// <summary>Tells whether a writing of the state is due anyway that survives this.</summary>
    /// <remarks>To be asked after the state was changed under its guard: the writer forgets the mark before it takes that
    /// guard to write the state, so whoever still sees the mark is written.</remarks>
    public bool IsMarked(Durability durability) => Volatile.Read(ref _marked) > (int)durability;

    /// <summary>Notes that the state is about to be written so that it survives this. Called under the writer's lock.</summary>
    public void NoteMarked(Durability durability) => Volatile.Write(ref _marked, Math.Max(_marked, (int)durability + 1));

    /// <summary>Notes that a group is being committed: what changes from here on is not in it. Called under the writer's lock.</summary>
    public void NoteTaken(CommitGroup group)
    {
        Volatile.Write(ref _marked, 0);
        if (QueuedIn == group)
        {
            // An idle reader holds no group.
            QueuedIn = null;
        }
    }

    public override void ShowStart(long sequence)
    {
        // After a suspension, what was kept is still needed.
        KeptFrom = Collects ? sequence : Math.Min(KeptFrom, sequence);
        base.ShowStart(sequence);
    }
}
