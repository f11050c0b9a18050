using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Messaging.Sqlite.Connections;

/// <summary>An open connection with the statements that were prepared on it.</summary>
internal sealed class Database : IDisposable
{
    /// <summary>How long a statement waits for others that use the file.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly SqliteConnection _connection;
    private readonly List<Statement> _statements = [];

    /// <summary>Opens a file that exists.</summary>
    /// <param name="path">The file.</param>
    /// <param name="queryOnly">Whether the connection only reads.</param>
    public Database(string path, bool queryOnly)
    {
        var builder = new SqliteConnectionStringBuilder
        {
            DataSource = path,
            Mode = SqliteOpenMode.ReadWrite,
            Pooling = false,
        };
        _connection = new SqliteConnection(builder.ToString());
        try
        {
            _connection.Open();
            WaitForOthers(Patience);
            raw.sqlite3_db_config(Handle, raw.SQLITE_DBCONFIG_DEFENSIVE, 1, out _);
            Execute("PRAGMA trusted_schema=OFF; PRAGMA cell_size_check=ON; PRAGMA wal_autocheckpoint=0");
            if (queryOnly)
            {
                Execute("PRAGMA query_only=ON");
            }
        }
        catch
        {
            _connection.Dispose();
            throw;
        }
    }

    public sqlite3 Handle => _connection.Handle!;

    public bool InTransaction => raw.sqlite3_get_autocommit(Handle) == 0;

    public Statement Prepare(string sql)
    {
        var statement = new Statement(Handle, sql);
        _statements.Add(statement);
        return statement;
    }

    public void Execute(string sql) => SqliteException.ThrowExceptionForRC(raw.sqlite3_exec(Handle, sql), Handle);

    /// <summary>Gets the first column of the first row; 0 when there is none.</summary>
    public long Scalar(string sql)
    {
        using var statement = new Statement(Handle, sql);
        return statement.Step() ? statement.Int64(0) : 0;
    }

    /// <summary>Leaves the write-ahead log alone at closing: for a file that was refused or failed, and as long as the file says that it has a log.</summary>
    public void KeepLogAtClose() => raw.sqlite3_db_config(Handle, raw.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, out _);

    /// <summary>Deletes the write-ahead log at closing, unless another program has the file open.</summary>
    public void DeleteLogAtClose() => raw.sqlite3_db_config(Handle, raw.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 0, out _);

    /// <summary>Sets how long a statement waits for others that use the file.</summary>
    public void WaitForOthers(TimeSpan patience) => raw.sqlite3_busy_timeout(Handle, (int)patience.TotalMilliseconds);

    public void Dispose()
    {
        foreach (Statement statement in _statements)
        {
            statement.Dispose();
        }

        _connection.Dispose();
    }
}
