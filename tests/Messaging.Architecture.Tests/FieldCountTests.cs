using Messaging.Architecture.Tests.Rules;
using Messaging.Architecture.Tests.Sources;

namespace Messaging.Architecture.Tests;

public sealed class FieldCountTests
{
    [Fact]
    public void Tree_Types_HaveTwelveFieldsAtMost() => Expect.Nothing(FieldCountRule.Check(Repository.Sources("src")));

    [Theory]
    [InlineData("int _last;")]
    [InlineData("readonly Lock _gate = new();")]
    [InlineData("(long First, long Last) _range;")]
    [InlineData("public int Number { get; private set; }")]
    [InlineData("public List<int> Numbers { get; } = [];")]
    [InlineData("public int Number { get; set => field = value + 1; }")]
    [InlineData("public event Action? Opened;")]
    public void Seed_ThirteenthField_IsCaught(string field) => Expect.Violation(
        FieldCountRule.Check([new("src/P/Door.cs", $"namespace P;\nsealed class Door\n{{\n{Fields(12)}    {field}\n}}")]),
        "src/P/Door.cs:2",
        "Door has 13 fields, 12 at most");

    [Fact]
    public void Seed_ParameterThatAMethodUses_Counts() => FieldCountRule.Check(
        [new("src/P/Door.cs", $"sealed class Door(int number)\n{{\n{Fields(12)}    int Next() => number + 1;\n}}")])
        .Should().ContainSingle().Which.Should().Contain("Door has 13 fields");

    [Fact]
    public void Seed_FieldsOfTwoParts_AreAddedUp() => FieldCountRule.Check(
        [new("src/P/Door.cs", $"partial class Door\n{{\n{Fields(7)}}}"), new("src/P/Door.More.cs", $"partial class Door\n{{\n{Fields(6)}}}")])
        .Should().ContainSingle().Which.Should().Contain("Door has 13 fields");

    [Theory]
    [InlineData("const int Last = 3;")]
    [InlineData("static int _count;")]
    [InlineData("public static Door Front { get; } = new();")]
    [InlineData("int Next => _f0 + 1;")]
    [InlineData("int Next { get { return _f0; } set { _f0 = value; } }")]
    [InlineData("readonly record struct Key(int One, int Two);")]
    public void Seed_WhatIsNoFieldOfAnObject_IsAllowed(string member) =>
        Expect.Nothing(FieldCountRule.Check([new("src/P/Door.cs", $"sealed class Door\n{{\n{Fields(12)}    {member}\n}}")]));

    [Fact]
    public void Seed_ParameterThatOnlyInitializes_IsAllowed() => Expect.Nothing(FieldCountRule.Check(
        [new("src/P/Door.cs", $"sealed class Door(int number)\n{{\n{Fields(11)}    readonly int _number = number;\n}}")]));

    [Fact]
    public void Seed_DataOfARecord_IsAllowed() => Expect.Nothing(FieldCountRule.Check(
    [
        new("src/P/Key.cs", $"record Key({string.Join(", ", Enumerable.Range(0, 20).Select(i => $"int N{i}"))});"),
        new("src/P/DoorOptions.cs", $"record DoorOptions {{ {string.Concat(Enumerable.Range(0, 20).Select(i => $"public int N{i} {{ get; init; }}"))} }}"),
        new("src/P/IDoor.cs", $"interface IDoor {{ {string.Concat(Enumerable.Range(0, 20).Select(i => $"int N{i} {{ get; }}"))} }}"),
    ]));

    private static string Fields(int count) => string.Concat(Enumerable.Range(0, count).Select(i => $"    int _f{i};\n"));
}
