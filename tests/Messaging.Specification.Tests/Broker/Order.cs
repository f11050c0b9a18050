namespace Messaging.Specification.Tests.Broker;

/// <summary>A body with some structure.</summary>
public sealed record Order(int Number, string Customer);
