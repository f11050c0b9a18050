using Messaging.Architecture.Tests.Rules;
using Messaging.Architecture.Tests.Sources;

namespace Messaging.Architecture.Tests;

public sealed class LengthTests
{
    [Fact]
    public void Tree_FilesAndMethods_AreShort() =>
        Expect.Nothing(LengthRule.Check(Repository.Sources("src", "tests", "samples", "benchmarks")));

    [Fact]
    public void Seed_FileOf401Lines_IsCaught() => Expect.Violation(
        LengthRule.Check([new("src/P/Door.cs", "class Door\n{\n" + Lines(398) + "}\n")]), "src/P/Door.cs:401", "401 lines");

    [Fact]
    public void Seed_FileOf400Lines_IsAllowed() => Expect.Nothing(
        LengthRule.Check([new("src/P/Door.cs", "class Door\n{\n" + Lines(397) + "}\n\n\n")]));

    [Theory]
    [InlineData("void Open()", "Open")]
    [InlineData("Door()", "constructor")]
    [InlineData("int Number { get; init", "Number's init")]
    [InlineData("int operator +(Door a, Door b)", "a member")]
    public void Seed_MethodOf71Lines_IsCaught(string head, string name)
    {
        string close = head.Contains("{ get;", StringComparison.Ordinal) ? "} }" : "}";
        string text = $"class Door\n{{\n    /// <summary>One.</summary>\n    [Obsolete]\n    {head}\n{{\n{Lines(68)}{close}\n}}\n";

        Expect.Violation(LengthRule.Check([new("src/P/Door.cs", text)]), "src/P/Door.cs:5", name);
    }

    [Fact]
    public void Seed_MethodOf70Lines_IsAllowed() => Expect.Nothing(
        LengthRule.Check([new("src/P/Door.cs", $"class Door\n{{\n    [Obsolete]\n    void Open()\n{{\n{Lines(67)}}}\n}}\n")]));

    [Fact]
    public void Seed_LocalFunctionInAMethod_CountsInTheMethod() => Expect.Violation(
        LengthRule.Check([new("src/P/Door.cs", $"class Door {{\nvoid Open()\n{{\nvoid In()\n{{\n{Lines(67)}}}\n}}\n}}")]), "src/P/Door.cs:2", "Open");

    [Fact]
    public void Seed_ProgramOf71Lines_IsCaught() => Expect.Violation(
        LengthRule.Check([new("samples/P/Program.cs", string.Concat(Enumerable.Repeat("M();\n", 71)))]), "samples/P/Program.cs:1", "71 lines");

    private static string Lines(int count) => string.Concat(Enumerable.Repeat("    //\n", count));
}
