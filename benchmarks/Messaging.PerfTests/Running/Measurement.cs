using HdrHistogram;

namespace Messaging.PerfTests.Running;

/// <summary>What one run of one contender cost.</summary>
/// <param name="Messages">The messages, or deliveries, that the figures are per.</param>
/// <param name="Elapsed">From the first send to the last settled acknowledgement.</param>
/// <param name="AllocatedBytes">By the whole process.</param>
/// <param name="Cpu">User and kernel time of the whole process, and of its server if it has one.</param>
/// <param name="Latencies">In nanoseconds, where the scenario asks for latency.</param>
internal readonly record struct Measurement(
    long Messages, TimeSpan Elapsed, long AllocatedBytes, TimeSpan Cpu, LongHistogram? Latencies = null)
{
    /// <summary>Gets what the store's commits took and held, where the scenario asks for it.</summary>
    public CommitTimes? Commits { get; init; }

    /// <summary>Gets the part of the processor time that a server in other processes took; <see langword="null"/> if there is none.</summary>
    public TimeSpan? ServerCpu { get; init; }

    public double PerSecond => Messages / Elapsed.TotalSeconds;

    public double BytesPerMessage => (double)AllocatedBytes / Messages;

    public double CpuMicrosecondsPerMessage => Cpu.TotalMicroseconds / Messages;

    public double? ServerCpuMicrosecondsPerMessage => ServerCpu?.TotalMicroseconds / Messages;
}
