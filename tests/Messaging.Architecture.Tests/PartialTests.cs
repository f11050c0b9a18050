using Messaging.Architecture.Tests.Rules;
using Messaging.Architecture.Tests.Sources;

namespace Messaging.Architecture.Tests;

public sealed class PartialTests
{
    [Fact]
    public void Tree_Types_ArePartialForGeneratorsOnly() => Expect.Nothing(PartialRule.Check(Repository.Sources("src")));

    [Fact]
    public void Seed_PartialTypeWithoutAGenerator_IsCaught() => Expect.Violation(
        PartialRule.Check([new("src/P/Door.cs", "namespace P;\n[Serializable]\ninternal sealed partial class Door;")]),
        "src/P/Door.cs:3",
        "Door is partial, but no source generator adds to it");

    [Fact]
    public void Seed_GeneratedTypeInTwoFiles_IsCaught() => Expect.Violation(
        PartialRule.Check(
        [
            new("src/P/Door.cs", "sealed partial class Door\n{\n    [LibraryImport(\"c\")] private static partial int Open();\n}"),
            new("src/P/Door.Closing.cs", "partial class Door { void Close() { } }"),
        ]),
        "src/P/Door.cs:1",
        "Door is written in 2 files");

    [Fact]
    public void Seed_PartialTypeInAType_IsCaught() =>
        PartialRule.Check([new("src/P/Door.cs", "sealed class Door { partial struct Key; }")]).Should().ContainSingle().Which.Should().Contain("Key is partial");

    [Theory]
    [InlineData("[LibraryImport(\"c\")] private static partial int Open();")]
    [InlineData("[GeneratedRegex(\"a\")] private static partial Regex Word();")]
    [InlineData("[LoggerMessage(1, LogLevel.Error, \"Shut\")] private static partial void Shut(ILogger logger);")]
    [InlineData("[System.Text.RegularExpressions.GeneratedRegexAttribute(\"a\")] private static partial Regex Word();")]
    public void Seed_GeneratedMember_IsAllowed(string member) =>
        Expect.Nothing(PartialRule.Check([new("src/P/Door.cs", $"static partial class Door {{ {member} }}")]));

    [Fact]
    public void Seed_TypesOfOneNameInTwoProjects_AreAllowed() => Expect.Nothing(PartialRule.Check(
    [
        new("src/P/Door.cs", "static partial class Door { [GeneratedRegex(\"a\")] static partial Regex Word(); }"),
        new("src/Q/Door.cs", "static partial class Door { [GeneratedRegex(\"a\")] static partial Regex Word(); }"),
    ]));
}
