using Messaging.Architecture.Tests.Rules;
using Messaging.Architecture.Tests.Sources;

namespace Messaging.Architecture.Tests;

public sealed class ReferenceTests
{
    [Fact]
    public void Tree_Projects_ReferenceWhatTheTableAllows() => Expect.Nothing(ReferenceRule.Check(Repository.Texts("src", "*.csproj", "*.props", "*.targets")));

    [Theory]
    [InlineData("Messaging.Abstractions", "<ProjectReference Include='../Messaging.Engine/Messaging.Engine.csproj' />")]
    [InlineData("Messaging.Engine", "<ProjectReference Include='..\\Messaging.Sqlite\\Messaging.Sqlite.csproj' />")]
    [InlineData("Messaging.Sqlite", "<ProjectReference Include='../Messaging.Engine/Messaging.Engine.csproj' />")]
    [InlineData("Messaging.Engine", "<PackageReference Include='Newtonsoft.Json' />")]
    [InlineData("Messaging.Engine", "<PackageReference Include='Microsoft.Data.Sqlite' />")]
    [InlineData("Messaging.Sqlite", "<FrameworkReference Include='Microsoft.AspNetCore.App' />")]
    public void Seed_ReferenceOutsideTheTable_IsCaught(string project, string item) => Expect.Violation(
        ReferenceRule.Check([new($"src/{project}/{project}.csproj", $"<Project>\n<ItemGroup>\n{item}\n</ItemGroup>\n</Project>")]),
        $"src/{project}/{project}.csproj:3",
        "may not reference");

    [Fact]
    public void Seed_PackageForAllProjects_IsCaughtUnlessPrivate() => Expect.Violation(
        ReferenceRule.Check([new(
            "src/Directory.Build.props",
            "<Project>\n<PackageReference Include='Tool' PrivateAssets='all' />\n<PackageReference Include='Library' />\n</Project>")]),
        "src/Directory.Build.props:3",
        "Library");

    [Fact]
    public void Seed_UnknownProject_IsCaught() => Expect.Violation(
        ReferenceRule.Check([new("src/Messaging.Extra/Messaging.Extra.csproj", "<Project />")]), "src/Messaging.Extra/Messaging.Extra.csproj:1", "not in the table");
}
