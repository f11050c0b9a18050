namespace Messaging.Engine.Tests.Producers;

internal sealed record Order(int Number, string Customer, IReadOnlyList<string> Lines);
