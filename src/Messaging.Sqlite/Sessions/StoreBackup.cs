using Messaging.Sqlite.Connections;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Messaging.Sqlite.Sessions;

/// <summary>A copy of the store in the making, by bounded steps on the writer's connection, between its commits.</summary>
/// <remarks>SQLite carries the changes of the same connection over to what is copied already, so that the copy never begins anew, and
/// looks at the write-ahead log during a step only, so that it does not keep it growing.</remarks>
internal sealed class StoreBackup : IDisposable
{
    private const int LeastPages = 128;

    // 64 MiB: more than a commit adds, so that a copy ends however much is written meanwhile.
    private const int MostPages = 16_384;

    private readonly Database _target;
    private readonly sqlite3_backup _backup;
    private int _pages = LeastPages;
    private int _remaining = int.MaxValue;

    /// <param name="source">The writer's connection.</param>
    /// <param name="path">The file to write to; it is there and empty.</param>
    public StoreBackup(Database source, string path)
    {
        _target = new Database(path, queryOnly: false);
        try
        {
            // A file that counts only when it is complete needs no journal, and is synced once, at its end.
            _target.Execute("PRAGMA journal_mode=MEMORY; PRAGMA synchronous=OFF");
            _backup = raw.sqlite3_backup_init(_target.Handle, "main", source.Handle, "main");
            if (_backup.IsInvalid)
            {
                SqliteException.ThrowExceptionForRC(raw.sqlite3_errcode(_target.Handle), _target.Handle);
            }
        }
        catch
        {
            _target.Dispose();
            throw;
        }
    }

    public bool IsEnded { get; private set; }

    /// <summary>Copies some pages; true when all are copied. Where more than half of a step went to what was written meanwhile, the next one is larger.</summary>
    public bool Step()
    {
        int code = raw.sqlite3_backup_step(_backup, _pages);
        if (code is not (raw.SQLITE_OK or raw.SQLITE_DONE or raw.SQLITE_BUSY or raw.SQLITE_LOCKED))
        {
            SqliteException.ThrowExceptionForRC(code, null);
        }

        int remaining = raw.sqlite3_backup_remaining(_backup);
        _pages = remaining <= _remaining - (_pages / 2) ? _pages : Math.Min(2 * _pages, MostPages);
        _remaining = remaining;
        return code == raw.SQLITE_DONE;
    }

    public void Dispose()
    {
        if (!IsEnded)
        {
            IsEnded = true;
            raw.sqlite3_backup_finish(_backup);
            _target.Dispose();
        }
    }
}
