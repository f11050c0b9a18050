using BenchmarkDotNet.Attributes;
using Messaging.Sqlite;
using Messaging.Storage;

namespace Messaging.Benchmarks;

/// <summary>One durable commit of the SQLite store, in which the records of the commit before are given up, as a queue does that keeps pace.</summary>
[MemoryDiagnoser]
public class SqliteCommitBenchmarks
{
    private const int Log = 1;
    private readonly StoreCommit _commit = new();
    private readonly byte[] _payload = new byte[100];
    private string _folder = "";
    private SqliteMessageStore _store = null!;
    private long _next = 1;

    [Params(1, 64, 1_000)]
    public int Appends { get; set; }

    [GlobalSetup]
    public async Task SetUp()
    {
        _folder = Directory.CreateTempSubdirectory("messaging-benchmark-").FullName;
        _store = new SqliteMessageStore(Path.Combine(_folder, "store.db"));
        await _store.OpenAsync();
        _commit.Durability = Durability.Power;
        _commit.Declared.Add(new StoreEntry(Log, StoreEntryKind.Queue, "benchmark"));
        await _store.CommitAsync(_commit);
    }

    [GlobalCleanup]
    public async Task CleanUp()
    {
        await _store.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Benchmark]
    public async Task Commit()
    {
        _commit.Clear();
        _commit.Durability = Durability.Power;
        _commit.Trims.Add(new StoreTrim(Log, 0, _next));
        for (int i = 0; i < Appends; i++)
        {
            _commit.Appends.Add(new StoreAppend(Log, _next++, _payload));
        }

        await _store.CommitAsync(_commit);
        await _store.MaintainAsync(idle: false);
    }
}
