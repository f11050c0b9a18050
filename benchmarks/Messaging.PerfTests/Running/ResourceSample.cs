namespace Messaging.PerfTests.Running;

/// <summary>What a file and the process took at one moment, in bytes.</summary>
/// <param name="File">The database file.</param>
/// <param name="Wal">Its write-ahead log.</param>
/// <param name="Heap">The managed heap, with the garbage in it.</param>
/// <param name="WorkingSet">The process.</param>
internal readonly record struct ResourceSample(long File, long Wal, long Heap, long WorkingSet);
