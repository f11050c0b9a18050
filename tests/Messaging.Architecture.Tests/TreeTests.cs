using Messaging.Architecture.Tests.Rules;
using Messaging.Architecture.Tests.Sources;

namespace Messaging.Architecture.Tests;

public sealed class TreeTests
{
    [Fact]
    public void Tree_TopLevel_HoldsWhatIsListed() => Expect.Nothing(TopLevelRule.Check(Repository.TopLevelNames()));

    [Fact]
    public void Seed_UnlistedNameAtTheTop_IsCaught() => Expect.Violation(
        TopLevelRule.Check(["src", ".ci", "README.md", "notes.txt"]), "notes.txt:1", "top level");

    [Fact]
    public void Tree_BuildFiles_NameNoHostAndNoMachine() => Expect.Nothing(PortableFilesRule.Check(
        [.. Repository.Texts("", "*.props", "*.targets", "*.csproj", "nuget.config"), .. Repository.Texts(".ci", "*")]));

    [Theory]
    [InlineData("  <add key='x' value='https://packages.example.org/v3/index.json' />", "names a host")]
    [InlineData("HTTP://example.org", "names a host")]
    [InlineData("cd /home/someone/messaging", "path of one machine")]
    [InlineData("<Folder>C:\\Users</Folder>", "path of one machine")]
    [InlineData("out=/tmp/packages", "path of one machine")]
    public void Seed_HostOrMachinePath_IsCaught(string line, string word) => Expect.Violation(
        PortableFilesRule.Check([new(".ci/run", "first line\n" + line)]), ".ci/run:2", word);

    [Theory]
    [InlineData("cd \"$root/work/out\"")]
    [InlineData("<None Include=\"$(MSBuildThisFileDirectory)../README.md\" PackagePath=\"/\" />")]
    [InlineData("../tmp/x src/home/y")]
    public void Seed_RelativePath_IsAllowed(string line) => Expect.Nothing(PortableFilesRule.Check([new(".ci/run", line)]));
}
