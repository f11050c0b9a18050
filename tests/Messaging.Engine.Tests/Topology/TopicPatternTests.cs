using Messaging.Topology;

namespace Messaging.Engine.Tests.Topology;

public sealed class TopicPatternTests(ITestOutputHelper output)
{
    [Theory]
    [InlineData("orders", "orders")]
    [InlineData("orders.eu", "orders.eu")]
    [InlineData("*", "orders")]
    [InlineData("orders.*", "orders.eu")]
    [InlineData("*.eu", "orders.eu")]
    [InlineData("a.*.c", "a.b.c")]
    [InlineData("#", "orders")]
    [InlineData("#", "a.b.c")]
    [InlineData("a.#", "a")]
    [InlineData("a.#", "a.b.c")]
    [InlineData("#.a", "a")]
    [InlineData("a.#.b", "a.b")]
    [InlineData("a.#.b", "a.x.b")]
    [InlineData("a.#.b", "a.b.b")]
    [InlineData("a.#.b", "a.x.b.y.b")]
    [InlineData("#.#", "a")]
    [InlineData("#.#", "a.b.c")]
    [InlineData("#.*", "a")]
    [InlineData("*.#", "a.b")]
    [InlineData("#.a.#.b.#", "x.a.a.y.b")]
    [InlineData("#.a.b", "a.a.a.b")]
    [InlineData("#.a.*.c", "a.b.a.b.c")]
    public void Pattern_OfAFittingTopic_Matches(string pattern, string topic) => new TopicPattern(pattern).Matches(topic).Should().BeTrue();

    [Theory]
    [InlineData("orders", "Orders")]
    [InlineData("orders", "orders.eu")]
    [InlineData("orders.eu", "orders")]
    [InlineData("*", "a.b")]
    [InlineData("a.*", "a")]
    [InlineData("a.*", "a.b.c")]
    [InlineData("a.#", "b")]
    [InlineData("a.#", "ab")]
    [InlineData("a.#.b", "a")]
    [InlineData("a.#.b", "b")]
    [InlineData("a.#.b", "a.b.c")]
    [InlineData("#.*.#.*", "a")]
    [InlineData("#.a.b", "a.b.a")]
    [InlineData("#.a.#.b.#", "b.a")]
    public void Pattern_OfAnotherTopic_DoesNotMatch(string pattern, string topic) => new TopicPattern(pattern).Matches(topic).Should().BeFalse();

    [Fact]
    public void Pattern_OfManyHashes_EndsAtOnce()
    {
        // A matcher that tried every way would not end before the sun does.
        string pattern = string.Join('.', Enumerable.Repeat("#.a", 40)) + ".b";
        string topic = string.Join('.', Enumerable.Repeat("a", 120));

        new TopicPattern(pattern).Matches(topic).Should().BeFalse();
    }

    [Theory]
    [InlineData(41)]
    [InlineData(42)]
    public void RandomPatterns_AgainstARecursiveMatcher_MatchTheSameTopics(int seed)
    {
        output.WriteLine($"seed {seed}");
        var random = new Random(seed);
        int matches = 0;
        for (int i = 0; i < 50_000; i++)
        {
            string[] pattern = Tokens(random, ["a", "b", "*", "#", "#"], 6);
            string[] topic = Tokens(random, ["a", "b"], 7);
            string text = string.Join('.', pattern);
            string name = string.Join('.', topic);
            bool expected = Matches(pattern, topic);
            matches += expected ? 1 : 0;

            if (new TopicPattern(text).Matches(name) != expected)
            {
                Assert.Fail($"{text} and {name}: {expected} was expected.");
            }
        }

        matches.Should().BeInRange(5_000, 45_000, "both answers must have been tried");
    }

    private static bool Matches(ReadOnlySpan<string> pattern, ReadOnlySpan<string> topic)
    {
        if (pattern.IsEmpty)
        {
            return topic.IsEmpty;
        }

        if (pattern[0] == "#")
        {
            return Matches(pattern[1..], topic) || (!topic.IsEmpty && Matches(pattern, topic[1..]));
        }

        return !topic.IsEmpty && (pattern[0] == "*" || pattern[0] == topic[0]) && Matches(pattern[1..], topic[1..]);
    }

    private static string[] Tokens(Random random, string[] choices, int most) => random.GetItems(choices, random.Next(1, most + 1));
}
