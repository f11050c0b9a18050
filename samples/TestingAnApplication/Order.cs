namespace TestingAnApplication;

/// <summary>What a customer has ordered, and the card that pays for it.</summary>
internal sealed record Order(int Number, decimal Amount, string Card);
