namespace Messaging.Cursors;

/// <summary>How often a message was handed over and how often it failed, and when it may be handed over again.</summary>
/// <param name="Attempts">Deliveries so far.</param>
/// <param name="Failures">Failures so far.</param>
/// <param name="Due">The time of the next delivery in UTC ticks; 0 for at once.</param>
internal readonly record struct RetryCounts(int Attempts, int Failures, long Due);
