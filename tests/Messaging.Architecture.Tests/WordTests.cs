using Messaging.Architecture.Tests.Rules;
using Messaging.Architecture.Tests.Sources;

namespace Messaging.Architecture.Tests;

public sealed class WordTests
{
    [Fact]
    public void Tree_Names_SayWhatThingsAre() => Expect.Nothing(WordRule.Check(Repository.Sources("src", "tests", "samples", "benchmarks")));

    [Theory]
    [InlineData("LeaseManager", "Manager")]
    [InlineData("JsonUtils", "Utils")]
    [InlineData("HelperOfDoors", "Helper")]
    [InlineData("CommonDoor", "Common")]
    [InlineData("DoorImpl", "Impl")]
    [InlineData("IOUtil", "Util")]
    public void Seed_EmptyWordInATypesName_IsCaught(string type, string word) => Expect.Violation(
        WordRule.Check([new("src/P/Door.cs", $"class Door\n{{\n    class {type};\n}}")]), "src/P/Door.cs:3", $"'{word}'");

    [Fact]
    public void Seed_EmptyWordInAPath_IsCaught() => Expect.Violation(
        WordRule.Check([new("src/P/Common/Door.cs", "class Door;")]), "src/P/Common/Door.cs:1", "'Common'");

    [Theory]
    [InlineData("Implicit")]
    [InlineData("Commonwealth")]
    [InlineData("Utilization")]
    public void Seed_LongerWord_IsAllowed(string type) => Expect.Nothing(WordRule.Check([new($"src/P/{type}.cs", $"class {type};")]));

    [Fact]
    public void Seed_Region_IsCaught() => Expect.Violation(
        WordRule.Check([new("src/P/Door.cs", "class Door\n{\n    #region All\n    #endregion\n}")]), "src/P/Door.cs:3", "#region");
}
