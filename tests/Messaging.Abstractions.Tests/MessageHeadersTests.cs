using System.Collections;

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
        headers.Invoking(h => h["tenant"] = null!).Should().Throw<ArgumentNullException>();

        headers.Should().BeEquivalentTo(new Dictionary<string, string> { ["tenant"] = "a" });
    }

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
    public void Empty_Written_Refuses()
    {
        MessageHeaders.Empty.Invoking(h => h["tenant"] = "b").Should().Throw<InvalidOperationException>();
        MessageHeaders.Empty.Should().BeEmpty();
    }
}
