namespace Messaging.Engine.Tests.State;

/// <summary>A step of a party, and when it does it.</summary>
internal readonly record struct PartyStep(int Moment, PartyAction Action);
