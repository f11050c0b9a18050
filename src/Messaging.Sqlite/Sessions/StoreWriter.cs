using Messaging.Sqlite.Batches;
using Messaging.Sqlite.Catalog;
using Messaging.Sqlite.Connections;
using Messaging.Sqlite.Cursors;
using Messaging.Sqlite.Diagnostics;
using Messaging.Sqlite.Scheduling;
using Messaging.Sqlite.Writing;
using Messaging.Storage;

namespace Messaging.Sqlite.Sessions;

/// <summary>The one connection that writes, with all that a commit can touch.</summary>
internal sealed class StoreWriter
{
    private readonly MetaTable _meta;
    private readonly EntryTable _entries;
    private readonly LogWriter _log;
    private readonly CursorTable _cursors;
    private readonly ScheduledTable _scheduled;
    private readonly MessageIdTable _messageIds;
    private readonly DamageReport _damage;
    private readonly uint _epoch;

    // What the file says; null when a rollback has left that open.
    private StoreStage? _stage;

    // Whether the last commit has given the store's row its next number.
    private bool _isNumbered;

    /// <summary>Recovers what a commit needs to know.</summary>
    /// <param name="database">The connection.</param>
    /// <param name="damage">Is told of damage that can be passed over.</param>
    /// <param name="hints">Is told when records move.</param>
    /// <param name="options">The options.</param>
    /// <exception cref="InvalidDataException">Something is damaged that is not to be passed over.</exception>
    public StoreWriter(Database database, DamageReport damage, ReadHints hints, SqliteStoreOptions options)
    {
        _damage = damage;
        _meta = new MetaTable(database);
        _epoch = _meta.StoredEpoch + 1;
        _entries = new EntryTable(database);
        _log = new LogWriter(database, damage, hints, options);
        _cursors = new CursorTable(database, damage);
        _scheduled = new ScheduledTable(database);
        _messageIds = new MessageIdTable(database);
        Load();
    }

    public bool HasGarbage => _log.HasGarbage;

    /// <summary>Gets a value indicating whether <see cref="NoteLast"/> has something to do.</summary>
    public bool HasUnnoted => _log.HasUnnoted || !_isNumbered;

    /// <summary>Gets a value indicating whether the next commit may be the first one in a write-ahead log; such a commit is synced.</summary>
    public bool MayBeginLog { get; private set; } = true;

    /// <summary>Notes what the file needs to know when pages are copied into it, in the caller's transaction.</summary>
    public void NoteLast()
    {
        _log.NoteLast();
        Number(isNeeded: true);
    }

    /// <summary>Notes that the write-ahead log was copied into the file: SQLite may begin it anew.</summary>
    public void NoteCopied() => MayBeginLog = true;

    /// <summary>Tells what is there; called before the first commit.</summary>
    public StoreContents Describe() => new()
    {
        Epoch = _epoch,
        StoreId = _meta.StoreId,
        ClosedCleanly = _meta.State == StoreStage.Stopped,
        Entries = _entries.All(),
        LastSequences = _log.LastSequences(),
        MeanRecordBytes = _log.MeanRecordBytes(),
        Cursors = _cursors.All(),
        Scheduled = _scheduled.All(_damage),
        MessageIds = _messageIds.All(_damage),
        Damage = _damage.Found,
        LostCursors = _damage.LostCursors,
    };

    /// <summary>Begins the new epoch, in the caller's transaction.</summary>
    public void BeginEpoch()
    {
        WriteStage(StoreStage.Open);
        _log.Finish();
    }

    /// <summary>Ends the epoch, unless the last commit did, in the caller's transaction.</summary>
    public void EndEpoch()
    {
        if (_stage != StoreStage.Stopped)
        {
            WriteStage(StoreStage.Closed);
        }
    }

    /// <summary>Forgets where the file says that the store stands: a transaction that may have written it was rolled back.</summary>
    public void ForgetStage()
    {
        _stage = null;
        MayBeginLog = true;
        _isNumbered = false;
    }

    /// <summary>Forgets what a rolled back transaction did to the memory.</summary>
    public void Load()
    {
        _stage = null;
        _log.Load();
        _cursors.Load();
    }

    /// <summary>Writes a commit, in the caller's transaction. What goes is dealt with last: it goes with all that came before.</summary>
    public void Write(StoreCommit commit)
    {
        _entries.Write(commit.Declared);
        _log.Append(commit.Appends);
        CrashPoint.Reached(CrashPoint.RecordsAppended);
        _cursors.Set(commit.Cursors);
        CrashPoint.Reached(CrashPoint.CursorsWritten);
        _scheduled.Add(commit.Scheduled);
        _scheduled.Delete(commit.Unscheduled);
        _messageIds.Write(commit.MessageIds);
        _messageIds.Forget(commit.Forgotten);
        if (commit.ForgetBelow > 0)
        {
            _messageIds.Forget(commit.ForgetBelow);
        }

        _log.Trim(commit.Trims);
        CrashPoint.Reached(CrashPoint.LogTrimmed);
        foreach (int id in commit.Removed)
        {
            _entries.Remove(id);
            _log.Remove(id);
            _cursors.Remove(id);
            _scheduled.Remove(id);
            _messageIds.Remove(id);
            CrashPoint.Reached(CrashPoint.EntryRemoved);
        }

        _log.Finish();
        _cursors.Finish();
        StoreStage stage = commit.Closing ? StoreStage.Stopped : StoreStage.Open;
        if (stage != _stage)
        {
            WriteStage(stage);
        }
        else
        {
            Number(isNeeded: MayBeginLog || (commit.Durability < Durability.Power && !Confirms(commit)));
        }
    }

    /// <summary>Applies what a commit has declared dead, now that it is made.</summary>
    public void Confirm() => _log.Confirm();

    /// <summary>Gets how much was appended since the last call.</summary>
    public long TakeAppended() => _log.TakeAppended();

    /// <summary>Frees a bounded part of what is dead, in the caller's transaction.</summary>
    public void FreeSlice()
    {
        _log.FreeSlice();
        _log.Finish();
        Number(isNeeded: true);
    }

    // Cursors and trims of a commit that is not synced are told of again after a power cut: nobody relies on them.
    private static bool Confirms(StoreCommit commit) =>
        commit.Appends.Count > 0 || commit.Scheduled.Count > 0 || commit.Declared.Count > 0 || commit.Removed.Count > 0
        || commit.Unscheduled.Count > 0 || commit.MessageIds.Count > 0 || commit.Forgotten.Count > 0;

    private void WriteStage(StoreStage stage)
    {
        _meta.Write(stage, _epoch);
        _stage = stage;
        MayBeginLog = false;
        _isNumbered = true;
    }

    private void Number(bool isNeeded)
    {
        if (isNeeded)
        {
            _meta.Renumber();
        }

        MayBeginLog = false;
        _isNumbered = isNeeded;
    }
}
