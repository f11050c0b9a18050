using BenchmarkDotNet.Attributes;
using Messaging.Sqlite.Batches;
using Messaging.Sqlite.Connections;
using Messaging.Sqlite.Log;
using Messaging.Sqlite.Schema;
using Messaging.Storage;

namespace Messaging.Benchmarks;

/// <summary>The making and reading of one batch of 500 records of 100 bytes, without the file, per record.</summary>
[MemoryDiagnoser]
public class SqliteBatchBenchmarks
{
    private const int Count = 500;
    private const long Batch = 7;
    private readonly StoreAppend[] _appends = new StoreAppend[Count];
    private readonly BatchEncoder _encoder = new();
    private readonly List<StoreRecord> _output = new(Count);
    private string _folder = "";
    private Database _database = null!;
    private LogTable _table = null!;
    private byte[] _directory = [];
    private byte[] _body = [];

    /// <summary>Gets or sets the number of logs that take turns.</summary>
    [Params(1, 250)]
    public int Logs { get; set; }

    [GlobalSetup]
    public void SetUp()
    {
        // The encoder asks for the logs' numbers, which a file gives, once each.
        _folder = Directory.CreateTempSubdirectory("messaging-benchmark-").FullName;
        string file = Path.Combine(_folder, "store.db");
        File.WriteAllBytes(file, []);
        _database = new Database(file, queryOnly: false);
        Migrator.Embedded().Apply(_database);
        _table = new LogTable(_database);
        byte[] payload = new byte[100];
        for (int i = 0; i < Count; i++)
        {
            _appends[i] = new StoreAppend(1 + (i % Logs), 1 + (i / Logs), payload);
        }

        Encode();
        _directory = _encoder.Directory.ToArray();
        _body = _encoder.Body.ToArray();
    }

    [GlobalCleanup]
    public void CleanUp()
    {
        _database.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Benchmark(OperationsPerInvoke = Count)]
    public int Encode() => Checked(_encoder.Encode(Batch, _appends, _table, again: true));

    /// <summary>The reading of all of it, both checksums compared.</summary>
    [Benchmark(OperationsPerInvoke = Count)]
    public int Decode()
    {
        _output.Clear();
        var directory = new BatchDirectory(Batch, _directory);
        ReadOnlySpan<byte> body = directory.Verify(_body);
        while (directory.MoveNext())
        {
            BatchRun run = directory.Current;
            var collector = new RecordCollector(new StoreRange((int)run.Log, run.First, int.MaxValue, int.MaxValue), _output);
            collector.Take(run, run.In(body));
        }

        return Checked(_output.Count);
    }

    private static int Checked(int records) =>
        records == Count ? records : throw new InvalidOperationException($"The batch holds {records} records instead of {Count}.");
}
