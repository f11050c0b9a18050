using System.Text.RegularExpressions;

namespace Messaging.Tests;

/// <summary>The solution shows the whole tree and nothing that is not there.</summary>
public sealed partial class SolutionTests
{
    private static readonly string _text = File.ReadAllText(Repository.PathOf("Messaging.sln"));

    [Fact]
    public void Solution_EachProjectOfTheTree_IsListed()
    {
        string[] listed = [.. Project().Matches(_text).Select(match => match.Groups[1].Value.Replace('\\', '/'))];

        listed.Should().BeEquivalentTo(Repository.Files("*.csproj", "src", "tests", "samples", "benchmarks"));
    }

    [Fact]
    public void Solution_EachItem_IsThere()
    {
        string[] items = [.. Item().Matches(_text).Select(match => match.Groups[1].Value.Replace('\\', '/'))];

        items.Should().Contain(["README.md", "Directory.Build.props", ".ci/run"]);
        items.Where(item => !Repository.Exists(item)).Should().BeEmpty();
    }

    [Fact]
    public void Solution_Platforms_AreAnyCpu() =>
        _text.Split('\n').Where(line => line.Contains("|x64") || line.Contains("|x86"))
            .Should().BeEmpty("nobody builds for one processor; `dotnet sln add` writes these lines: delete them");

    [GeneratedRegex("\"([^\"]+\\.csproj)\"")]
    private static partial Regex Project();

    [GeneratedRegex(@"^\t\t(\S+) = \1\s*$", RegexOptions.Multiline)]
    private static partial Regex Item();
}
