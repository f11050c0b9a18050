using System.Text;
using System.Text.RegularExpressions;
using Messaging.Validation;

namespace Messaging.Abstractions.Tests;

public sealed class WellFormedTests
{
    // Texts are escaped here, since an attribute cannot hold half of a pair.
    [Theory]
    [InlineData(@"", -1)]
    [InlineData(@"abc", -1)]
    [InlineData(@"🚢", -1)]
    [InlineData(@"a🚢🚢b", -1)]
    [InlineData(@"\ud800", 0)]
    [InlineData(@"🚢\udc00", 2)]
    [InlineData(@"🚢a\ud83d", 3)]
    [InlineData(@"\ud83d🚢", 0)]
    [InlineData(@"\udea2\ud83d", 0)]
    public void Text_HalfAPair_IsFoundAtItsIndex(string escaped, int index) =>
        WellFormed.IndexOfHalf(Regex.Unescape(escaped)).Should().Be(index);

    [Theory]
    [InlineData(@"a🚢", @"a🚢")]
    [InlineData(@"\ud800", @"\ufffd")]
    [InlineData(@"a\ud800\ud801b\udc00🚢\ud83d", @"a\ufffd\ufffdb\ufffd🚢\ufffd")]
    public void Text_MadeWellFormed_IsWhatAStoreWouldMakeOfIt(string escaped, string expected)
    {
        string text = Regex.Unescape(escaped);

        WellFormed.Of(text).Should().Be(Regex.Unescape(expected));
        Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text)).Should().Be(WellFormed.Of(text));
    }

    [Fact]
    public void Text_ThatIsWellFormed_IsNotCopied()
    {
        string text = new('x', 100);

        WellFormed.Of(text).Should().BeSameAs(text);
    }

    [Fact]
    public void Texts_AtRandom_AgreeWithTheStrictEncoder()
    {
        int seed = Environment.TickCount;
        var random = new Random(seed);
        var strict = new UTF8Encoding(false, throwOnInvalidBytes: true);
        for (int i = 0; i < 10_000; i++)
        {
            string text = string.Concat(Enumerable.Range(0, random.Next(8)).Select(_ => "a\ud83d\udea2\ue000\ud7ff"[random.Next(5)]));

            WellFormed.IndexOfHalf(text).Should().Be(FirstHalf(strict, text), $"seed {seed}");
            WellFormed.IndexOfHalf(WellFormed.Of(text)).Should().Be(-1, $"seed {seed}");
            WellFormed.Of(text).Length.Should().Be(text.Length, $"seed {seed}");
        }
    }

    private static int FirstHalf(Encoding strict, string text)
    {
        try
        {
            strict.GetByteCount(text);
            return -1;
        }
        catch (EncoderFallbackException refusal)
        {
            return refusal.Index;
        }
    }
}
