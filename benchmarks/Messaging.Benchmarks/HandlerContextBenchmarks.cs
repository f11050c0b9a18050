using BenchmarkDotNet.Attributes;
using Messaging.Workers;

namespace Messaging.Benchmarks;

/// <summary>What it costs that each call of a handler begins with nobody's ambient state: a call alone, with the check before it, and with
/// ambient state that every call leaves and the check puts back.</summary>
[MemoryDiagnoser]
public class HandlerContextBenchmarks
{
    private const int Count = 1_024;
    private readonly AsyncLocal<object?> _ambient = new();
    private readonly object _value = new();
    private readonly HandlerContext _context = new(worker: null!, broker: null!);
    private Func<int, ValueTask> _quiet = null!;
    private Func<int, ValueTask> _leaving = null!;
    private int _calls;

    [GlobalSetup]
    public void SetUp()
    {
        _quiet = _ =>
        {
            _calls++;
            return ValueTask.CompletedTask;
        };
        _leaving = _ =>
        {
            _calls++;
            _ambient.Value = _value;
            return ValueTask.CompletedTask;
        };
    }

    [Benchmark(Baseline = true, OperationsPerInvoke = Count)]
    public int Call()
    {
        _calls = 0;
        for (int i = 0; i < Count; i++)
        {
            _quiet(i).GetAwaiter().GetResult();
        }

        return Checked();
    }

    [Benchmark(OperationsPerInvoke = Count)]
    public int CallInCleanContext()
    {
        _calls = 0;
        for (int i = 0; i < Count; i++)
        {
            _context.Restore();
            _quiet(i).GetAwaiter().GetResult();
        }

        return Checked();
    }

    [Benchmark(OperationsPerInvoke = Count)]
    public int CallThatLeavesAmbientState()
    {
        _calls = 0;
        for (int i = 0; i < Count; i++)
        {
            _context.Restore();
            if (_ambient.Value is not null)
            {
                throw new InvalidOperationException("A call has seen what another one left.");
            }

            _leaving(i).GetAwaiter().GetResult();
        }

        return Checked();
    }

    private int Checked() => _calls == Count ? _calls : throw new InvalidOperationException($"{_calls} of {Count} calls were made.");
}
