namespace Messaging.Storage;

/// <summary>A part of a log to read.</summary>
/// <param name="Log">The log.</param>
/// <param name="First">The first sequence number wanted.</param>
/// <param name="MaxRecords">The most records to read, at least 1.</param>
/// <param name="MaxBytes">The bytes of payload after which to stop.</param>
public readonly record struct StoreRange(int Log, long First, int MaxRecords, int MaxBytes);
