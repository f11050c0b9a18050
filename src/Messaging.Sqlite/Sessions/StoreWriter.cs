using Messaging.Sqlite.Catalog;
using Messaging.Sqlite.Cursors;
using Messaging.Sqlite.Files;
using Messaging.Sqlite.Log;
using Messaging.Sqlite.Reading;
using Messaging.Sqlite.Scheduling;
using Messaging.Storage;

namespace Messaging.Sqlite.Sessions;

/// <summary>The one connection that writes, with all that a commit can touch.</summary>
internal sealed class StoreWriter
{
    private readonly Database _database;
    private readonly MetaTable _meta;
    private readonly EntryTable _entries;
    private readonly LogWriter _log;
    private readonly CursorTable _cursors;
    private readonly ScheduledTable _scheduled;
    private readonly MessageIdTable _messageIds;
    private bool _clean;

    /// <summary>Recovers what a commit needs to know.</summary>
    /// <exception cref="InvalidDataException">Something is damaged.</exception>
    public StoreWriter(Database database, ReadHints hints, SqliteStoreOptions options)
    {
        _database = database;
        _meta = new MetaTable(database);
        _entries = new EntryTable(database);
        _log = new LogWriter(database, hints, options);
        _cursors = new CursorTable(database);
        _scheduled = new ScheduledTable(database);
        _messageIds = new MessageIdTable(database);
        Load();
    }

    public bool HasGarbage => _log.HasGarbage;

    /// <summary>Tells what is there; called before the first commit.</summary>
    public StoreContents Describe() => new()
    {
        Epoch = _meta.Epoch,
        StoreId = _meta.StoreId,
        ClosedCleanly = _meta.ClosedCleanly,
        Entries = _entries.All(),
        LastSequences = _log.LastSequences(),
        Cursors = _cursors.All(),
        Scheduled = _scheduled.All(),
        MessageIds = _messageIds.All(),
    };

    /// <summary>Begins the new epoch, in the caller's transaction.</summary>
    public void BeginEpoch()
    {
        _meta.Write(clean: false);
        _log.Finish();
    }

    /// <summary>Forgets what a rolled back transaction did to the memory.</summary>
    public void Load()
    {
        _clean = false;
        _log.Load();
        _cursors.Load();
    }

    /// <summary>Writes a commit, in the caller's transaction. What goes is dealt with last: it goes with all that came before.</summary>
    public void Write(StoreCommit commit)
    {
        _entries.Write(commit.Declared);
        _log.Append(commit.Appends);
        _cursors.Set(commit.Cursors);
        _scheduled.Add(commit.Scheduled);
        _scheduled.Delete(commit.Unscheduled);
        _messageIds.Write(commit.MessageIds);
        if (commit.ForgetBelow > 0)
        {
            _messageIds.Forget(commit.ForgetBelow);
        }

        _log.Trim(commit.Trims);
        foreach (int id in commit.Removed)
        {
            _entries.Remove(id);
            _log.Remove(id);
            _cursors.Remove(id);
            _scheduled.Remove(id);
            _messageIds.Remove(id);
        }

        _log.Finish();
        _cursors.Finish();
        if (commit.Closing != _clean)
        {
            _clean = commit.Closing;
            _meta.Write(_clean);
        }
    }

    /// <summary>Believes what a commit has said is dead, now that it is made.</summary>
    public void Confirm() => _log.Confirm();

    /// <summary>Gets how much was appended since the last call.</summary>
    public long TakeAppended() => _log.TakeAppended();

    /// <summary>Frees a bounded part of what is dead, in the caller's transaction.</summary>
    public void FreeSlice()
    {
        _log.FreeSlice();
        _log.Finish();
    }
}
