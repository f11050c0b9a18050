namespace Messaging.PerfTests.Scenarios;

/// <summary>What a process saw when it opened a file.</summary>
/// <param name="OpenMilliseconds">The opening, up to a queue that is ready for use.</param>
/// <param name="WorkingSetMegabytes">The growth of the working set over the opening.</param>
/// <param name="HeapMegabytes">The growth of the managed heap, garbage collected.</param>
/// <param name="FirstMessageMilliseconds">From the creation of a consumer to its first delivery.</param>
/// <param name="WorkingSetAfterFirstMegabytes">The growth of the working set up to the first delivery.</param>
internal sealed record OpeningFigures(
    double OpenMilliseconds,
    double WorkingSetMegabytes,
    double HeapMegabytes,
    double FirstMessageMilliseconds,
    double WorkingSetAfterFirstMegabytes);
