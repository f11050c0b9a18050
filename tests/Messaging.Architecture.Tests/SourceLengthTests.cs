using Messaging.Architecture.Tests.Rules;
using Messaging.Architecture.Tests.Sources;

namespace Messaging.Architecture.Tests;

public sealed class SourceLengthTests
{
    [Fact]
    public void Tree_FilesOfSources_AreShort() => Expect.Nothing(SourceLengthRule.Check(Repository.Sources("src")));

    [Fact]
    public void Seed_FileOf301Lines_IsCaught() => Expect.Violation(
        SourceLengthRule.Check([Door("P", 0, 301), .. Short("P", 10)]), "src/P/Door0.cs:301", "the file has 301 lines, 300 at most");

    [Fact]
    public void Seed_FileOf300Lines_IsAllowed() => Expect.Nothing(SourceLengthRule.Check([Door("P", 0, 300), .. Short("P", 10)]));

    [Fact]
    public void Seed_TwoLongFilesOfTen_AreCaught() => Expect.Violation(
        SourceLengthRule.Check([Door("P", 0, 151), Door("P", 1, 152), .. Short("P", 8)]),
        "src/P/Door1.cs:1",
        "2 of 10 files of P have over 150 lines");

    [Fact]
    public void Seed_OneLongFileOfElevenInEachProject_IsAllowed() => Expect.Nothing(SourceLengthRule.Check(
        [Door("P", 0, 151), .. Short("P", 10), Door("Q", 0, 151), .. Short("Q", 10)]));

    private static IEnumerable<SourceFile> Short(string project, int count) => Enumerable.Range(10, count).Select(i => Door(project, i, 150));

    private static SourceFile Door(string project, int number, int lines) =>
        new($"src/{project}/Door{number}.cs", $"class Door{number}\n{{\n" + string.Concat(Enumerable.Repeat("    //\n", lines - 3)) + "}\n\n");
}
