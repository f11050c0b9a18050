using BenchmarkDotNet.Attributes;
using Messaging.Sqlite;
using Messaging.Storage;

namespace Messaging.Benchmarks;

/// <summary>The reading of a backlog out of the SQLite store, a thousand records at a time.</summary>
[MemoryDiagnoser]
public class SqliteReadBenchmarks
{
    private const int Log = 1;
    private const int Total = 100_000;
    private const int Step = 1_000;
    private readonly List<StoreRecord> _output = new(Step);
    private string _folder = "";
    private SqliteMessageStore _store = null!;
    private long _first = 1;

    [GlobalSetup]
    public async Task SetUp()
    {
        _folder = Directory.CreateTempSubdirectory("messaging-benchmark-").FullName;
        _store = new SqliteMessageStore(Path.Combine(_folder, "store.db"));
        await _store.OpenAsync();
        byte[] payload = new byte[100];
        var commit = new StoreCommit();
        commit.Declared.Add(new StoreEntry(Log, StoreEntryKind.Queue, "benchmark"));
        for (long sequence = 1; sequence <= Total; sequence++)
        {
            commit.Appends.Add(new StoreAppend(Log, sequence, payload));
            if (sequence % Step == 0)
            {
                commit.Durability = Durability.Process;
                await _store.CommitAsync(commit);
                commit.Clear();
            }
        }

        await _store.MaintainAsync(idle: true);
    }

    [GlobalCleanup]
    public async Task CleanUp()
    {
        await _store.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Benchmark(OperationsPerInvoke = Step)]
    public async Task Read()
    {
        _output.Clear();
        await _store.ReadAsync(new StoreRange(Log, _first, Step, int.MaxValue), _output);
        if (_output.Count != Step)
        {
            throw new InvalidOperationException($"Read {_output.Count} records from {_first} instead of {Step}.");
        }

        _first = _first + (2 * Step) > Total ? 1 : _first + Step;
    }
}
