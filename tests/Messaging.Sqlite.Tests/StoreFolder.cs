using Messaging.Storage;
using Messaging.TestSupport;

namespace Messaging.Sqlite.Tests;

/// <summary>A store's file in a folder of the test's own, and short ways to work on it.</summary>
internal sealed class StoreFolder : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public string Path => _folder.File("store.db");

    public string Directory => _folder.Path;

    public string[] Files => [.. System.IO.Directory.GetFileSystemEntries(Directory).Select(System.IO.Path.GetFileName).Order()!];

    public string File(string name) => _folder.File(name);

    public async Task<SqliteMessageStore> OpenAsync(SqliteStoreOptions? options = null)
    {
        var store = new SqliteMessageStore(Path, options);
        await store.OpenAsync();
        return store;
    }

    /// <summary>Makes a closed store that holds ten records.</summary>
    public async Task CreateAsync()
    {
        await using SqliteMessageStore store = await OpenAsync();
        await AppendAsync(store, 1, 1, 10);
    }

    public static Task AppendAsync(SqliteMessageStore store, int log, long first, int count, int bytes = 100) =>
        CommitAsync(store, commit => commit.Appends.AddRange(
            Enumerable.Range(0, count).Select(i => new StoreAppend(log, first + i, new byte[bytes]))));

    public static Task TrimAsync(SqliteMessageStore store, int log, long below) =>
        CommitAsync(store, commit => commit.Trims.Add(new StoreTrim(log, 0, below)));

    public static Task CommitAsync(SqliteMessageStore store, Action<StoreCommit> fill)
    {
        // The tests of size and layout need no sync to the disk.
        var commit = new StoreCommit { Durability = Durability.Process };
        fill(commit);
        return store.CommitAsync(commit).AsTask();
    }

    public static async Task<List<long>> ReadAsync(SqliteMessageStore store, int log, long first, int maxRecords = 1_000_000)
    {
        var output = new List<StoreRecord>();
        await store.ReadAsync(new StoreRange(log, first, maxRecords, int.MaxValue), output);
        return output.ConvertAll(record => record.Sequence);
    }

    public long Count(string table) => Scalar($"SELECT count(*) FROM {table}");

    public long Scalar(string sql)
    {
        using var database = new Messaging.Sqlite.Connections.Database(Path, queryOnly: true);
        return database.Scalar(sql);
    }

    public void Dispose() => _folder.Dispose();
}
