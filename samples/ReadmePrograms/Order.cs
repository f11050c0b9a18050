namespace ReadmePrograms;

internal sealed record Order(int Number);
