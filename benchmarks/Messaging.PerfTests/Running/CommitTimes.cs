namespace Messaging.PerfTests.Running;

/// <summary>The commits of a store that held records, and the time inside of all its commits.</summary>
/// <param name="Elapsed">The time from the call to its completion, of those without records too.</param>
/// <param name="Processor">The processor time of that; <see langword="null"/> where the system does not tell.</param>
/// <param name="Count">The commits that held records.</param>
/// <param name="Records">The records.</param>
/// <param name="MostCursorBytes">The size of the largest state of a cursor that was written.</param>
internal readonly record struct CommitTimes(TimeSpan Elapsed, TimeSpan? Processor, long Count, long Records, long MostCursorBytes);
