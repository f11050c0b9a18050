using System.Buffers;
using BenchmarkDotNet.Attributes;
using Messaging.Records;

namespace Messaging.Benchmarks;

/// <summary>The bytes of one record with a body of 100: written, and read without copying the body.</summary>
[MemoryDiagnoser]
public class RecordCodecBenchmarks
{
    private readonly ArrayBufferWriter<byte> _output = new(1_024);
    private readonly byte[] _body = new byte[100];
    private MessageExtras? _extras;
    private byte[] _payload = [];

    [Params(false, true)]
    public bool HasIdAndHeaders { get; set; }

    [GlobalSetup]
    public void SetUp()
    {
        _extras = HasIdAndHeaders
            ? new MessageExtras
            {
                Id = new MessageId(1, 2),
                Headers = new MessageHeaders { ["trace"] = "00-4bf92f3577b34da6a3ce929d0e0e4736", ["tenant"] = "north" },
            }
            : null;
        Write();
        _payload = _output.WrittenSpan.ToArray();
    }

    [Benchmark]
    public int Write()
    {
        _output.ResetWrittenCount();
        RecordCodec.WriteHead(_output, epoch: 1, sentAt: 1, _extras);
        _output.Write(_body);
        return _output.WrittenCount;
    }

    [Benchmark]
    public int Read()
    {
        RecordHead head = RecordCodec.ReadHead(_payload);
        return head.Body.Length == _body.Length ? head.Body.Length : throw new InvalidOperationException($"A body of {head.Body.Length} bytes was read.");
    }
}
