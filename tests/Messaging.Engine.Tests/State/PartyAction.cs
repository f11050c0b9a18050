namespace Messaging.Engine.Tests.State;

/// <summary>What a party does without the lock: first its part, then it asks whether anybody waits for that.</summary>
internal enum PartyAction
{
    Append,
    Take,
    Acknowledge,
    AskHungry,
    AskFull,
}
