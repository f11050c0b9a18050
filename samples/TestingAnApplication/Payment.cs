namespace TestingAnApplication;

/// <summary>A payment that was made: the order, the gateway's name for it, and when the application heard of it.</summary>
internal sealed record Payment(int Order, string Reference, DateTimeOffset Time);
