using System.Diagnostics;
using Messaging.PerfTests.Running;
using Messaging.PerfTests.Scenarios;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Messaging.PerfTests.Baselines;

/// <summary>The base line on a file: rows inserted through the raw handle of one connection, so many to a transaction.</summary>
internal sealed class RawSqliteInserts : IDisposable
{
    private const int CheckpointPassive = 0;

    // The write-ahead log is brought back at about 4 MB: often enough to stay small, seldom enough to cost little.
    private const int CheckpointPages = 1_024;
    private const int GrowingRows = 1_000;
    private const int PageBytes = 4_096;
    private const int RowOverheadBytes = 12;
    private const int PagesPerCommit = 2;

    private readonly SqliteConnection _connection;
    private readonly sqlite3 _handle;
    private readonly sqlite3_stmt _begin;
    private readonly sqlite3_stmt _insert;
    private readonly sqlite3_stmt _commit;
    private int _pages;
    private long _number;

    public RawSqliteInserts(string file)
    {
        _connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = file, Pooling = false }.ConnectionString);
        _connection.Open();
        Execute("PRAGMA page_size=4096; PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA wal_autocheckpoint=0; PRAGMA busy_timeout=5000;");
        Execute("CREATE TABLE log(offset INTEGER PRIMARY KEY, queue INTEGER NOT NULL, body BLOB NOT NULL);");
        _handle = _connection.Handle!;
        _begin = Compile("BEGIN IMMEDIATE");
        _insert = Compile("INSERT INTO log(offset, queue, body) VALUES (?, ?, ?)");
        _commit = Compile("COMMIT");
    }

    /// <summary>Lets the write-ahead log grow to its working size: a commit that makes a file longer costs several that do not.</summary>
    public void Prepare()
    {
        while (_pages < CheckpointPages)
        {
            InsertOne(GrowingRows);
            _pages += PagesOf(GrowingRows);
        }

        Checkpoint();
        Execute("DELETE FROM log");
        Checkpoint();
        _number = 0;
    }

    /// <summary>Inserts numbered bodies and writes down how long each transaction took.</summary>
    public void Insert(long transactions, int rows, Span<long> latencies)
    {
        for (int t = 0; t < transactions; t++)
        {
            long started = Stopwatch.GetTimestamp();
            InsertOne(rows);
            latencies[t] = Stopwatch.GetTimestamp() - started;
            _pages += PagesOf(rows);
            if (_pages >= CheckpointPages)
            {
                Checkpoint();
            }
        }
    }

    public void Verify(long messages)
    {
        using SqliteCommand command = _connection.CreateCommand();
        command.CommandText = "SELECT count(*), sum(offset) FROM log";
        using SqliteDataReader reader = command.ExecuteReader();
        reader.Read();
        WrongResultException.ThrowUnless(
            reader.GetInt64(0) == messages && reader.GetInt64(1) == messages * (messages + 1) / 2,
            $"The base line should hold {messages:N0} rows and holds {reader.GetInt64(0):N0}.");
    }

    public void Dispose()
    {
        _begin.Dispose();
        _insert.Dispose();
        _commit.Dispose();
        _connection.Dispose();
    }

    /// <summary>Brings the write-ahead log back into the file, as a last act that belongs to the measured time.</summary>
    public void Checkpoint()
    {
        Check(raw.sqlite3_wal_checkpoint_v2(_handle, "main", CheckpointPassive, out _, out _), raw.SQLITE_OK);
        _pages = 0;
    }

    private static int PagesOf(int rows) => PagesPerCommit + (rows * (RawBody.Length + RowOverheadBytes) / PageBytes);

    private void InsertOne(int rows)
    {
        Run(_begin, raw.SQLITE_DONE);
        for (int row = 0; row < rows; row++, _number++)
        {
            byte[] body = RawBody.Of(_number);
            raw.sqlite3_bind_int64(_insert, 1, _number + 1);
            raw.sqlite3_bind_int64(_insert, 2, 1);
            raw.sqlite3_bind_blob(_insert, 3, body);
            Run(_insert, raw.SQLITE_DONE);
        }

        Run(_commit, raw.SQLITE_DONE);
    }

    private void Execute(string sql)
    {
        using SqliteCommand command = _connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    private sqlite3_stmt Compile(string sql)
    {
        Check(raw.sqlite3_prepare_v2(_handle, sql, out sqlite3_stmt statement), raw.SQLITE_OK);
        return statement;
    }

    private void Run(sqlite3_stmt statement, int expected)
    {
        Check(raw.sqlite3_step(statement), expected);
        raw.sqlite3_reset(statement);
    }

    private void Check(int code, int expected) =>
        WrongResultException.ThrowUnless(code == expected, code == expected ? "" : $"SQLite said {code}: {raw.sqlite3_errmsg(_handle).utf8_to_string()}");
}
