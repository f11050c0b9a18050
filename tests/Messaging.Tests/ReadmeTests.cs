using System.Text.RegularExpressions;

namespace Messaging.Tests;

/// <summary>The README's programs are the regions of samples/ReadmePrograms, which are compiled and run.</summary>
public sealed partial class ReadmeTests
{
    private static readonly string _root = FindRoot();

    [Fact]
    public void Readme_EachCSharpBlock_IsACompiledRegion()
    {
        Dictionary<string, string> regions = ReadRegions();
        string[] blocks = ReadBlocks("csharp");

        blocks.Should().NotBeEmpty();
        blocks.Should().OnlyContain(block => regions.ContainsValue(block), "each block must be a region of samples/ReadmePrograms, to the letter");
    }

    [Fact]
    public void Readme_EachCompiledRegion_IsShown()
    {
        string[] blocks = ReadBlocks("csharp");

        foreach ((string name, string text) in ReadRegions())
        {
            blocks.Should().Contain(text, $"the region '{name}' of samples/ReadmePrograms must be in the README, to the letter");
        }
    }

    [Fact]
    public void Readme_EachTestItNames_Exists()
    {
        string[] names = [.. TestClass().Matches(ReadReadme()).Select(match => match.Groups[1].Value).Distinct()];
        var files = Directory
            .EnumerateFiles(Path.Combine(_root, "tests"), "*.cs", SearchOption.AllDirectories)
            .Select(file => Path.GetFileNameWithoutExtension(file)!)
            .ToHashSet();

        names.Should().NotBeEmpty();
        names.Should().BeSubsetOf(files, "a promise needs the test that the README names for it");
    }

    private static string ReadReadme() => File.ReadAllText(Path.Combine(_root, "README.md"));

    private static string[] ReadBlocks(string language) =>
        [.. Block().Matches(ReadReadme()).Where(match => match.Groups[1].Value == language).Select(match => match.Groups[2].Value.TrimEnd())];

    private static Dictionary<string, string> ReadRegions()
    {
        var regions = new Dictionary<string, string>();
        foreach (string file in Directory.EnumerateFiles(Path.Combine(_root, "samples", "ReadmePrograms"), "*.cs"))
        {
            foreach (Match match in Region().Matches(File.ReadAllText(file)))
            {
                regions.Add(match.Groups[1].Value, Unindent(match.Groups[2].Value));
            }
        }

        return regions;
    }

    private static string Unindent(string text)
    {
        string[] lines = text.TrimEnd().Split('\n');
        int indent = lines.Where(line => line.Trim().Length > 0).Min(line => line.Length - line.TrimStart().Length);
        return string.Join('\n', lines.Select(line => line.Length > indent ? line[indent..] : string.Empty));
    }

    private static string FindRoot()
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Messaging.sln")))
        {
            folder = folder.Parent;
        }

        return folder?.FullName ?? throw new InvalidOperationException("The tests do not lie in the repository.");
    }

    [GeneratedRegex(@"^```(\w*)\n(.*?)^```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Block();

    [GeneratedRegex(@"^ *// readme: ([^\n]+)\n(.*?)^ *// end$", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Region();

    [GeneratedRegex(@"`(\w+(?:Specification|Tests))`")]
    private static partial Regex TestClass();
}
