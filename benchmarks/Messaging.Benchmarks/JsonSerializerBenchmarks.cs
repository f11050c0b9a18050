using System.Buffers;
using BenchmarkDotNet.Attributes;

namespace Messaging.Benchmarks;

/// <summary>The default serializer, each way.</summary>
[MemoryDiagnoser]
public class JsonSerializerBenchmarks
{
    private readonly JsonMessageSerializer _serializer = new();
    private readonly ArrayBufferWriter<byte> _output = new(1_024);
    private ReadOnlyMemory<byte> _data;

    [GlobalSetup]
    public void SetUp()
    {
        _serializer.Serialize(Body.Shared, _output);
        _data = _output.WrittenSpan.ToArray();
    }

    [Benchmark]
    public int Serialize()
    {
        _output.ResetWrittenCount();
        _serializer.Serialize(Body.Shared, _output);
        return _output.WrittenCount;
    }

    [Benchmark]
    public Body Deserialize() => _serializer.Deserialize<Body>(_data);
}
