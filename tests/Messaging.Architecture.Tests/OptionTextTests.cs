using Messaging.Architecture.Tests.Rules;
using Messaging.Architecture.Tests.Sources;

namespace Messaging.Architecture.Tests;

public sealed class OptionTextTests
{
    private static readonly SourceFile _options = new("src/P/DoorOptions.cs", "class DoorOptions { public int MaxGuests { get; init; } }");

    [Fact]
    public void Tree_TextsThatAskForAnOption_NameIt() =>
        Expect.Nothing(OptionTextRule.Check(Repository.Sources("src/Messaging.Abstractions", "src/Messaging.Engine", "src/Messaging.Sqlite")));

    [Theory]
    [InlineData("[LoggerMessage(1, LogLevel.Error, \"Closed until it is opened with the wish to skip.\")]", "wish")]
    [InlineData("[LoggerMessage(1, LogLevel.Error, \"It reached its limit of {Limit}.\")]", "its limit")]
    [InlineData("void M() => throw new DoorException($\"It holds its capacity \" + $\"of {5}.\");", "its capacity of {5}")]
    [InlineData("DoorException() : base($\"Full. Raise the {1}.\") { }", "Raise")]
    public void Seed_TextWithoutTheOption_IsCaught(string member, string word) =>
        Expect.Violation(OptionTextRule.Check([_options, new("src/P/Door.cs", $"class Door\n{{\n    {member}\n}}")]), "src/P/Door.cs:3", word);

    [Theory]
    [InlineData("[LoggerMessage(1, LogLevel.Error, \"It reached its limit. Raise DoorOptions.MaxGuests.\")]")]
    [InlineData("void M() => throw new DoorException($\"It reached its limit, {name} = {value}.\");")]
    [InlineData("string _text = \"its limit\";")]
    [InlineData("void M() => throw new DoorException(\"There is no door.\");")]
    public void Seed_TextThatNamesItOrAsksForNone_IsAllowed(string member) =>
        Expect.Nothing(OptionTextRule.Check([_options, new("src/P/Door.cs", $"class Door {{ {member} }}")]));
}
