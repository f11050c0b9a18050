namespace ReadmePrograms;

internal sealed record Order(string Item, int Count);
