namespace Messaging.State;

/// <summary>Messages that the store did not give and that were passed over.</summary>
/// <param name="First">The first.</param>
/// <param name="Last">The last.</param>
/// <param name="Settled">How many of them were not settled before.</param>
/// <param name="Damaged">How many of them are to be told of.</param>
internal readonly record struct PassedGap(long First, long Last, long Settled, long Damaged);
