namespace Messaging.Tests;

/// <summary>The programs on the pages for users are compiled and run: they are samples/FirstQueue and the regions of samples/ReadmePrograms.</summary>
public sealed class ProgramTests
{
    [Fact]
    public void Pages_EachCSharpBlock_IsACompiledProgram()
    {
        Dictionary<string, string> programs = Repository.Programs();
        string[] blocks = Blocks();

        blocks.Should().NotBeEmpty();
        blocks.Should().OnlyContain(
            block => programs.ContainsValue(block), "each block must be a region of samples/ReadmePrograms or samples/FirstQueue, to the letter");
    }

    [Fact]
    public void Pages_EachCompiledProgram_IsShown()
    {
        string[] blocks = Blocks();

        foreach ((string name, string text) in Repository.Programs())
        {
            blocks.Should().Contain(text, $"the program '{name}' must be on a page, to the letter");
        }
    }

    [Fact]
    public void Readme_FirstProgram_IsTheFirstSample() =>
        Repository.Page("README.md").Blocks("csharp")[0].Should().Be(Repository.Programs()["samples/FirstQueue"]);

    private static string[] Blocks() =>
        [.. new[] { Repository.Page("README.md") }.Concat(Repository.Guide).Concat(Repository.PackageReadmes).SelectMany(page => page.Blocks("csharp"))];
}
