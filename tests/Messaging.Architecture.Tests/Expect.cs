namespace Messaging.Architecture.Tests;

/// <summary>How these tests read a rule's findings: all of them are shown, one a line.</summary>
internal static class Expect
{
    public static void Nothing(IEnumerable<string> violations)
    {
        string[] found = [.. violations];
        Assert.True(found.Length == 0, $"{found.Length} violations:\n{string.Join('\n', found)}");
    }

    /// <summary>Expects one violation, which starts with its place and says a word.</summary>
    public static void Violation(IEnumerable<string> violations, string place, string word)
    {
        string found = violations.Should().ContainSingle().Which;
        found.Should().StartWith(place + ": ").And.Contain(word);
    }
}
