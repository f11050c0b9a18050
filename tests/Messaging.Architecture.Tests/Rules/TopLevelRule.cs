namespace Messaging.Architecture.Tests.Rules;

/// <summary>At the top level lies what is listed here, the property files of MSBuild, and dot-files.</summary>
internal static class TopLevelRule
{
    private static readonly string[] _listed =
    [
        "src", "tests", "samples", "benchmarks", "Messaging.sln", "nuget.config", "LICENSE", "README.md",
        "Directory.Build.props", "Directory.Build.targets", "Directory.Packages.props", "global.json",
    ];

    public static IEnumerable<string> Check(IEnumerable<string> names) =>
        from name in names
        where !name.StartsWith('.') && !_listed.Contains(name)
        select $"{name}:1: top level — it is not in the list of what lies there";
}
