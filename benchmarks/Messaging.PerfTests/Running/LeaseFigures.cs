namespace Messaging.PerfTests.Running;

/// <summary>What a load of acknowledgements with lost ones among them has shown.</summary>
/// <param name="Lateness">From the end of a lost lease to the message's next delivery.</param>
/// <param name="LatestMicroseconds">The greatest of that.</param>
/// <param name="Acks">The acknowledgements.</param>
/// <param name="Lost">The acknowledgements that were left out meanwhile.</param>
/// <param name="Elapsed">The time.</param>
/// <param name="Cpu">The processor time of the whole process.</param>
/// <param name="CpuOfConsumer">The processor time of the one thread that sends, receives and acknowledges; <see langword="null"/> where the system does not tell.</param>
internal readonly record struct LeaseFigures(
    Latency Lateness, double LatestMicroseconds, long Acks, long Lost, TimeSpan Elapsed, TimeSpan Cpu, TimeSpan? CpuOfConsumer)
{
    /// <summary>Gets the processors that were busy with anything but the consumer's thread: expiry, collecting garbage, compiling.</summary>
    public double CoresBeside => (Cpu - (CpuOfConsumer ?? TimeSpan.Zero)) / Elapsed;

    public double Cores => Cpu / Elapsed;

    public double NanosecondsPerAck => Elapsed.TotalNanoseconds / Acks;
}
