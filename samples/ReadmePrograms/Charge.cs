namespace ReadmePrograms;

internal sealed record Charge(int Order);
