using Messaging.Sqlite.Batches;
using Messaging.Sqlite.Connections;
using Messaging.Sqlite.Diagnostics;
using Messaging.Sqlite.Tables;
using Messaging.Sqlite.Writing;
using Messaging.Storage;

namespace Messaging.Sqlite.Sessions;

/// <summary>The one connection that writes, with all that a commit can touch.</summary>
internal sealed class StoreWriter
{
    private readonly MetaTable _meta;
    private readonly EntryTable _entries;
    private readonly CursorTable _cursors;
    private readonly ScheduledTable _scheduled;
    private readonly MessageIdTable _messageIds;
    private readonly DamageReport _damage;

    // Whether the memory is behind the file because a transaction was rolled back.
    private bool _isStale;

    /// <summary>Recovers what a commit needs to know.</summary>
    /// <param name="database">The connection.</param>
    /// <param name="meta">The row about the store.</param>
    /// <param name="damage">Is told of damage that can be passed over.</param>
    /// <param name="hints">Is told when records move.</param>
    /// <param name="options">The options.</param>
    /// <exception cref="InvalidDataException">Something is damaged that is not to be passed over.</exception>
    public StoreWriter(Database database, MetaTable meta, DamageReport damage, ReadHints hints, SqliteStoreOptions options)
    {
        _damage = damage;
        _meta = meta;
        Epoch = new StoreEpoch(meta);
        _entries = new EntryTable(database);
        Log = new LogWriter(database, damage, hints, options);
        _cursors = new CursorTable(database, damage);
        _scheduled = new ScheduledTable(database);
        _messageIds = new MessageIdTable(database);
        Load();
    }

    /// <summary>Gets the epoch of this opening.</summary>
    public StoreEpoch Epoch { get; }

    /// <summary>Gets the global log.</summary>
    public LogWriter Log { get; }

    /// <summary>Gets a value indicating whether <see cref="FreeSlice"/> has something to do.</summary>
    public bool HasGarbage => _isStale || Log.HasGarbage;

    /// <summary>Gets a value indicating whether <see cref="NoteLast"/> has something to do.</summary>
    public bool HasUnnoted => !_isStale && (Log.Logs.HasUnnoted || !Epoch.IsNumbered);

    /// <summary>Tells what is there; called before the first commit.</summary>
    public StoreContents Describe() => new()
    {
        Epoch = Epoch.Number,
        StoreId = _meta.StoreId,
        ClosedCleanly = _meta.State == StoreStage.Stopped,
        Entries = _entries.All(),
        LastSequences = Log.Recovery.LastSequences(),
        MeanRecordBytes = Log.Recovery.MeanRecordBytes(),
        Cursors = _cursors.All(),
        Scheduled = _scheduled.All(_damage),
        MessageIds = _messageIds.All(_damage),
        Damage = _damage.Found,
        LostCursors = _damage.LostCursors,
    };

    /// <summary>Begins the new epoch, in the caller's transaction.</summary>
    /// <param name="stage">Where the store stands from now on.</param>
    public void BeginEpoch(StoreStage stage)
    {
        Epoch.Write(stage);
        Log.End.Finish();
    }

    /// <summary>Notes what the file needs to know when pages are copied into it, in the caller's transaction.</summary>
    public void NoteLast()
    {
        Log.Logs.NoteLast();
        Epoch.Renumber();
    }

    /// <summary>Notes that a transaction was rolled back: the file is read again before the next one.</summary>
    public void NoteRollBack()
    {
        _isStale = true;
        Epoch.Forget();
    }

    /// <summary>Writes a commit, in the caller's transaction. What goes is dealt with last: it goes with all that came before.</summary>
    public void Write(StoreCommit commit)
    {
        Refresh();
        _entries.Write(commit.Declared);
        Log.End.Append(commit.Appends);
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

        Log.Trims.Trim(commit.Trims);
        CrashPoint.Reached(CrashPoint.LogTrimmed);
        foreach (int id in commit.Removed)
        {
            _entries.Remove(id);
            Log.Trims.Remove(id);
            _cursors.Remove(id);
            _scheduled.Remove(id);
            _messageIds.Remove(id);
            CrashPoint.Reached(CrashPoint.EntryRemoved);
        }

        Log.End.Finish();
        _cursors.Finish();

        // Cursors and trims of a commit that is not synced are told of again after a power cut: nobody relies on them.
        bool confirms = commit.Appends.Count > 0 || commit.Scheduled.Count > 0 || commit.Declared.Count > 0 || commit.Removed.Count > 0
            || commit.Unscheduled.Count > 0 || commit.MessageIds.Count > 0 || commit.Forgotten.Count > 0;
        Epoch.EndCommit(
            commit.Closing ? StoreStage.Stopped : StoreStage.Open, needsNumber: commit.Durability < Durability.Power && !confirms);
    }

    /// <summary>Frees a bounded part of what is dead, in the caller's transaction.</summary>
    public void FreeSlice()
    {
        Refresh();
        if (Log.HasGarbage)
        {
            Log.FreeSlice();
            Log.End.Finish();
            Epoch.Renumber();
        }
    }

    private void Refresh()
    {
        if (_isStale)
        {
            Load();
            _isStale = false;
        }
    }

    private void Load()
    {
        Log.Load();
        _cursors.Load();
    }
}
