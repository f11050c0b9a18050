namespace Messaging.Abstractions.Tests;

public sealed class MessageIdTests
{
    [Theory]
    [InlineData(0UL, 0UL, "00000000000000000000000000000000")]
    [InlineData(1UL, 2UL, "00000000000000010000000000000002")]
    [InlineData(ulong.MaxValue, 0xABCDEF0123456789UL, "ffffffffffffffffabcdef0123456789")]
    public void Text_ParsedAgain_IsTheSameId(ulong high, ulong low, string text)
    {
        var id = new MessageId(high, low);

        id.ToString().Should().Be(text);
        MessageId.Parse(text).Should().Be(id);
        MessageId.Parse(text.ToUpperInvariant()).Should().Be(id);
        (id.High, id.Low).Should().Be((high, low));
    }

    [Theory]
    [InlineData("")]
    [InlineData("1")]
    [InlineData("0000000000000000000000000000000")]
    [InlineData("000000000000000000000000000000000")]
    [InlineData("0000000000000000000000000000000g")]
    [InlineData(" 0000000000000000000000000000000")]
    [InlineData("000000000000000 0000000000000000")]
    [InlineData("-000000000000000+000000000000000")]
    [InlineData("0x000000000000000000000000000000")]
    [InlineData("00000000-0000-0000-0000-00000000")]
    [InlineData("0000000000000000000000000000000\0")]
    public void Text_NotOf32HexadecimalDigits_IsRefused(string text)
    {
        MessageId.TryParse(text, null, out MessageId id).Should().BeFalse();
        id.Should().Be(default(MessageId));
        text.Invoking(t => MessageId.Parse(t)).Should().Throw<FormatException>().WithMessage($"'{text.Replace("\0", @"\u0000", StringComparison.Ordinal)}'*32 hexadecimal digits*");
    }

    [Fact]
    public void Text_Null_IsRefused()
    {
        MessageId.TryParse(null, null, out _).Should().BeFalse();
        FluentActions.Invoking(() => MessageId.Parse(null!)).Should().Throw<ArgumentNullException>();
    }

    [Fact]
    public void Text_VeryLongOrNotWellFormed_IsQuotedInPart() =>
        FluentActions.Invoking(() => MessageId.Parse("\ud800" + new string('x', 100_000))).Should().Throw<FormatException>()
            .Which.Message.Should().StartWith(@"'\ud800xxx").And.Subject.Length.Should().BeLessThan(200);

    [Fact]
    public void Guid_MadeAnId_KeepsItsText()
    {
        var guid = Guid.Parse("00112233-4455-6677-8899-aabbccddeeff");

        MessageId id = MessageId.From(guid);

        id.ToString().Should().Be(guid.ToString("N"));
        id.High.Should().Be(0x0011223344556677);
    }

    [Fact]
    public void Name_MadeAnId_GivesTheSameIdInEveryVersion()
    {
        // The SHA-256 of "abc", from its standard: the ids of a file written years ago must still be recognized.
        MessageId.FromName("abc").ToString().Should().Be("ba7816bf8f01cfea414140de5dae2223");
        MessageId.FromName("abc").Should().NotBe(MessageId.FromName("ABC"));
    }

    [Fact]
    public void Name_NullOrEmpty_IsRefused()
    {
        FluentActions.Invoking(() => MessageId.FromName(null!)).Should().Throw<ArgumentNullException>().WithParameterName("name");
        FluentActions.Invoking(() => MessageId.FromName("")).Should().Throw<ArgumentException>().WithParameterName("name");
    }

    [Fact]
    public void Name_NotWellFormed_IsRefusedRatherThanMixedUpWithAnother()
    {
        // Half a surrogate pair has no UTF-8; replaced by a question mark, two such names would share an id, and one message would be lost.
        FluentActions.Invoking(() => MessageId.FromName("order \ud800")).Should().Throw<ArgumentException>().WithParameterName("name")
            .WithMessage("*half of a surrogate pair*\\ud800*index 6*");
        FluentActions.Invoking(() => MessageId.FromName("order \ud801")).Should().Throw<ArgumentException>();
    }

    [Fact]
    public void Ids_OfEqualBits_AreEqualInEveryWay()
    {
        var one = new MessageId(1, 2);
        var same = new MessageId(1, 2);

        (one == same).Should().BeTrue();
        (one != same).Should().BeFalse();
        one.Equals((object)same).Should().BeTrue();
        one.GetHashCode().Should().Be(same.GetHashCode());
        new[] { new MessageId(2, 1), new MessageId(1, 3), new MessageId(0, 2), default }.Should().NotContain(one);
        one.Equals("1").Should().BeFalse();
    }
}
