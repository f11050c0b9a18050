using Messaging.Sqlite.Tables;

namespace Messaging.Sqlite.Sessions;

/// <summary>The epoch of this opening, as the row about the store says it: where the store stands, and the row's number.</summary>
/// <remarks>The write-ahead log is known by that number, so the first commit in each log writes it, and the last one before pages are copied.</remarks>
internal sealed class StoreEpoch(MetaTable meta)
{
    // What the file says; null when a rollback has left that open.
    private StoreStage? _stage;

    /// <summary>Gets the number of this opening.</summary>
    public uint Number { get; } = meta.StoredEpoch + 1;

    /// <summary>Gets a value indicating whether the last commit has given the store's row its next number.</summary>
    public bool IsNumbered { get; private set; }

    /// <summary>Gets a value indicating whether the next commit may be the first one in a write-ahead log; such a commit is synced.</summary>
    public bool MayBeginLog { get; private set; } = true;

    /// <summary>Notes that the write-ahead log was copied into the file: SQLite may begin it anew.</summary>
    public void NoteCopied() => MayBeginLog = true;

    /// <summary>Forgets where the file says that the store stands: a transaction that may have written it was rolled back.</summary>
    public void Forget()
    {
        _stage = null;
        MayBeginLog = true;
        IsNumbered = false;
    }

    /// <summary>Ends the epoch, unless the last commit did, in the caller's transaction.</summary>
    public void End()
    {
        if (_stage != StoreStage.Stopped)
        {
            Write(StoreStage.Closed);
        }
    }

    /// <summary>Ends a commit: writes where the store stands, if that has changed.</summary>
    /// <param name="stage">Where it stands.</param>
    /// <param name="needsNumber">Whether the row gets its next number in any case.</param>
    public void EndCommit(StoreStage stage, bool needsNumber)
    {
        if (stage != _stage)
        {
            Write(stage);
        }
        else if (needsNumber || MayBeginLog)
        {
            Renumber();
        }
        else
        {
            IsNumbered = false;
        }
    }

    /// <summary>Gives the row its next number, in the caller's transaction.</summary>
    public void Renumber()
    {
        meta.Renumber();
        MayBeginLog = false;
        IsNumbered = true;
    }

    /// <summary>Writes where the store stands, in the caller's transaction.</summary>
    public void Write(StoreStage stage)
    {
        meta.Write(stage, Number);
        _stage = stage;
        MayBeginLog = false;
        IsNumbered = true;
    }
}
