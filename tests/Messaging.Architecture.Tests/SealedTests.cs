using Messaging.Architecture.Tests.Rules;
using Messaging.Architecture.Tests.Sources;

namespace Messaging.Architecture.Tests;

public sealed class SealedTests
{
    [Fact]
    public void Tree_Classes_AreSealedUnlessListed() => Expect.Nothing(SealedRule.Check(Repository.Sources("src")));

    [Theory]
    [InlineData("class Door;")]
    [InlineData("public record Door(int Number);")]
    [InlineData("public partial class Door;")]
    [InlineData("sealed class Outer {\nclass Door; }")]
    public void Seed_OpenClass_IsCaught(string text) =>
        SealedRule.Check([new("src/P/Door.cs", text)]).Should().ContainSingle().Which.Should().Contain("Door is neither sealed");

    [Fact]
    public void Seed_ClosedListedOrOtherTypes_AreAllowed() => Expect.Nothing(SealedRule.Check(
    [
        new("src/P/Door.cs", "sealed partial class Door;"),
        new("src/P/Door.Closing.cs", "partial class Door;"),
        new("src/P/Key.cs", "abstract class Key;"),
        new("src/P/Keys.cs", "static class Keys;"),
        new("src/P/Lock.cs", "readonly record struct Lock(int Number);"),
        new("src/P/StoreException.cs", "public class StoreException : Exception;"),
    ]));
}
