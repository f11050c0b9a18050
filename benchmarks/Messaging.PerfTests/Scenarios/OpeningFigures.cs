namespace Messaging.PerfTests.Scenarios;

/// <summary>What a fresh process saw when it opened a file.</summary>
/// <param name="OpenMilliseconds">The first opening, with all the code that has to be loaded and compiled for it.</param>
/// <param name="WorkingSetMegabytes">The growth of the working set over the opening.</param>
/// <param name="HeapMegabytes">The growth of the managed heap, garbage collected.</param>
/// <param name="FirstMessageMilliseconds">From the creation of a consumer to its first delivery.</param>
/// <param name="WorkingSetAfterFirstMegabytes">The growth of the working set up to the first delivery.</param>
/// <param name="ReopenMilliseconds">Another opening in the same process.</param>
internal sealed record OpeningFigures(
    double OpenMilliseconds,
    double WorkingSetMegabytes,
    double HeapMegabytes,
    double FirstMessageMilliseconds,
    double WorkingSetAfterFirstMegabytes,
    double ReopenMilliseconds);
