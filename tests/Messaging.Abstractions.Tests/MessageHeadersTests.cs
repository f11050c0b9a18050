using System.Collections;
using System.Text.RegularExpressions;

namespace Messaging.Abstractions.Tests;

public sealed class MessageHeadersTests
{
    [Fact]
    public void Headers_SetAndReadAgain_HoldTheLastValue()
    {
        var headers = new MessageHeaders { ["tenant"] = "a", ["Tenant"] = "b", ["tenant"] = "c" };

        headers.Count.Should().Be(2, "names are compared ordinally");
        headers["tenant"].Should().Be("c");
        headers.ContainsKey("TENANT").Should().BeFalse();
        headers.TryGetValue("Tenant", out string? value).Should().BeTrue();
        value.Should().Be("b");
        headers.Keys.Should().BeEquivalentTo("tenant", "Tenant");
        headers.Values.Should().BeEquivalentTo("c", "b");
        ((IEnumerable)headers).Cast<KeyValuePair<string, string>>().Should().HaveCount(2);
    }

    [Fact]
    public void Headers_UnknownName_AreNotFound()
    {
        var headers = new MessageHeaders();

        headers.Invoking(h => h["tenant"]).Should().Throw<KeyNotFoundException>();
        headers.TryGetValue("tenant", out _).Should().BeFalse();
    }

    [Fact]
    public void Headers_BadNameOrValue_AreRefusedAndChangeNothing()
    {
        var headers = new MessageHeaders { ["tenant"] = "a" };

        headers.Invoking(h => h[""] = "x").Should().Throw<ArgumentException>();
        headers.Invoking(h => h[null!] = "x").Should().Throw<ArgumentNullException>();
        headers.Invoking(h => h["tenant"] = null!).Should().Throw<ArgumentNullException>().WithMessage("*'tenant' is null. Give it a text, or leave it out.*");

        headers.Should().BeEquivalentTo(new Dictionary<string, string> { ["tenant"] = "a" });
    }

    [Theory]
    [InlineData(@"a\ud800")]
    [InlineData(@"\udc00a")]
    [InlineData(@"a\ud83d b")]
    [InlineData(@"\udea2\ud83d")]
    public void Header_WithHalfASurrogatePair_IsRefusedByNameAndRule(string escaped)
    {
        // An attribute cannot hold such a text.
        string text = Regex.Unescape(escaped);
        var headers = new MessageHeaders { ["tenant"] = "a" };

        headers.Invoking(h => h[text] = "x").Should().Throw<ArgumentException>().WithParameterName("key")
            .WithMessage("The header name '*\\u*' has half of a surrogate pair*Give well-formed text*");
        headers.Invoking(h => h["tenant"] = text).Should().Throw<ArgumentException>().WithParameterName("value")
            .WithMessage("The text of the header 'tenant' has half of a surrogate pair*Give well-formed text*");

        headers.Should().BeEquivalentTo(new Dictionary<string, string> { ["tenant"] = "a" });
    }

    [Fact]
    public void Header_WithWholeSurrogatePairs_IsTaken() =>
        new MessageHeaders { ["🚢🚢"] = "a🚢" }["🚢🚢"].Should().Be("a🚢");

    [Fact]
    public void FrozenCopy_OriginalChangedAfterwards_StaysAsItWas()
    {
        var headers = new MessageHeaders { ["tenant"] = "a" };

        MessageHeaders frozen = headers.ToFrozen();
        headers["tenant"] = "b";
        headers["more"] = "c";

        frozen.Should().BeEquivalentTo(new Dictionary<string, string> { ["tenant"] = "a" });
    }

    [Fact]
    public void FrozenCopy_Written_RefusesAndIsUnchanged()
    {
        MessageHeaders frozen = new MessageHeaders { ["tenant"] = "a" }.ToFrozen();

        frozen.Invoking(h => h["tenant"] = "b").Should().Throw<InvalidOperationException>().WithMessage("*cannot be changed*");

        frozen["tenant"].Should().Be("a");
        frozen.ToFrozen().Should().BeSameAs(frozen, "a second copy would be wasted");
    }

    [Fact]
    public void Headers_InWords_AreNamesOfBoundedLength()
    {
        var headers = new MessageHeaders { ["tenant"] = "secret", ["a\n"] = "hidden" };
        headers.ToString().Should().Be(@"2 headers: 'tenant', 'a\u000a'");
        MessageHeaders.Empty.ToString().Should().Be("no headers");
        for (int i = 0; i < 64; i++)
        {
            headers[$"{i}{new string('x', 1_000)}"] = "hidden";
        }

        headers.ToString().Should().StartWith("66 headers: 'tenant'").And.EndWith(", …").And.Subject.Length.Should().BeLessThan(400);
        new Message<string>("secret", new SendOptions { Headers = headers }).ToString().Should().StartWith("Message { Options = SendOptions {")
            .And.Contain("66 headers").And.NotContainAny("secret", "hidden");
    }

    [Fact]
    public void Empty_Written_Refuses()
    {
        MessageHeaders.Empty.Invoking(h => h["tenant"] = "b").Should().Throw<InvalidOperationException>();
        MessageHeaders.Empty.Should().BeEmpty();
    }
}
