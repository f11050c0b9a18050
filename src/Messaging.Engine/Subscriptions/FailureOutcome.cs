using Messaging.Dispatch;

namespace Messaging.Subscriptions;

/// <summary>What follows from a failure.</summary>
/// <param name="Item">The message, with its new count.</param>
/// <param name="Due">When it is handed over again; 0 for at once.</param>
/// <param name="GivenUp">Whether its retries are used up.</param>
internal readonly record struct FailureOutcome(Buffered Item, long Due, bool GivenUp);
