namespace Messaging.TestSupport;

/// <summary>The program that runs the tests' own processes: the one that runs the tests, which need not be on the path.</summary>
public static class DotnetHost
{
    public static string Path { get; } = Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") is { Length: > 0 } host ? host : "dotnet";
}
