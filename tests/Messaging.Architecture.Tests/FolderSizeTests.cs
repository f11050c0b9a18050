using Messaging.Architecture.Tests.Rules;
using Messaging.Architecture.Tests.Sources;

namespace Messaging.Architecture.Tests;

public sealed class FolderSizeTests
{
    [Fact]
    public void Tree_Folders_HaveFifteenFilesAtMost() => Expect.Nothing(FolderSizeRule.Check(Repository.Sources("src")));

    [Fact]
    public void Seed_FolderOfSixteenFiles_IsCaught() =>
        Expect.Violation(FolderSizeRule.Check(Files("src/P/Doors", 16)), "src/P/Doors/Door0.cs:1", "src/P/Doors has 16 files, 15 at most");

    [Fact]
    public void Seed_FolderInAFolder_IsCaught() =>
        FolderSizeRule.Check(Files("src/P/Doors/Locks", 16)).Should().ContainSingle().Which.Should().Contain("src/P/Doors/Locks has 16 files");

    [Fact]
    public void Seed_FifteenFilesInAFolderAndMoreBelowIt_AreAllowed() =>
        Expect.Nothing(FolderSizeRule.Check([.. Files("src/P/Doors", 15), .. Files("src/P/Doors/Locks", 15), .. Files("src/Q/Doors", 15)]));

    [Fact]
    public void Seed_RootOfAProject_IsAllowed() => Expect.Nothing(FolderSizeRule.Check(Files("src/P", 40)));

    private static IEnumerable<SourceFile> Files(string folder, int count) =>
        Enumerable.Range(0, count).Select(i => new SourceFile($"{folder}/Door{i}.cs", $"class Door{i};"));
}
