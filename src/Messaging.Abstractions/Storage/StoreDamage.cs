namespace Messaging.Storage;

/// <summary>A damaged place that a store has found while it was opened.</summary>
/// <param name="Problem">What was found and what follows from it, as a sentence.</param>
/// <param name="Log">The log whose records are affected; 0 when it is not known, or when it is not about records.</param>
/// <param name="First">The first sequence number that is affected; 0 without a log.</param>
/// <param name="Last">The last one; 0 without a log.</param>
public sealed record StoreDamage(string Problem, int Log = 0, long First = 0, long Last = 0);
