namespace Messaging.Abstractions.Tests;

public sealed class DestinationNameTests
{
    public static TheoryData<string> BadNames =>
    [
        "",
        " ",
        ".",
        "..",
        ".a",
        "a.",
        "a..b",
        "../x",
        "a/b",
        "a\\b",
        "C:",
        "a b",
        "a\0b",
        "a\nb",
        "x' OR 1=1--",
        "\"orders\"",
        "orders;",
        "%",
        "ordеrs", // The е is Cyrillic.
        "ｏrders", // The ｏ is full-width.
        "größe",
        "a\u200Bb",
        "٣", // A digit, but not of ASCII.
        "\ud83d\ude00",
        "\ud83d",
    ];

    public static TheoryData<string> GoodNames =>
        ["a", "0", "-", "_", "orders", "Orders", "orders.eu", "a-b_c.D.9", "--", new string('x', 255), string.Join('.', Enumerable.Repeat("x", 128))];

    [Theory]
    [MemberData(nameof(GoodNames))]
    public void Name_OfTheGrammar_IsReturnedAsItIs(string name)
    {
        DestinationName.Validate(name).Should().BeSameAs(name);
        DestinationName.ValidatePattern(name).Should().BeSameAs(name);
    }

    [Theory]
    [MemberData(nameof(BadNames))]
    public void Name_OutsideTheGrammar_IsRefusedWithTheRule(string name)
    {
        name.Invoking(n => DestinationName.Validate(n, "queue")).Should().Throw<ArgumentException>().WithParameterName("queue")
            .WithMessage("The name '*' is not valid: it must be tokens of A-Z, a-z, 0-9, '_' and '-' separated by single dots, at most 255 bytes.*");
        name.Invoking(n => DestinationName.ValidatePattern(n)).Should().Throw<ArgumentException>().WithParameterName("pattern")
            .WithMessage("The pattern '*' is not valid: *whole tokens may be '*' or '#', at most 255 bytes.*");
    }

    [Fact]
    public void Name_Null_IsRefused()
    {
        FluentActions.Invoking(() => DestinationName.Validate(null!)).Should().Throw<ArgumentNullException>().WithParameterName("name");
        FluentActions.Invoking(() => DestinationName.ValidatePattern(null!)).Should().Throw<ArgumentNullException>().WithParameterName("pattern");
    }

    [Fact]
    public void Name_Over255Bytes_IsRefusedAndShownShortened() =>
        FluentActions.Invoking(() => DestinationName.Validate(new string('x', 256))).Should().Throw<ArgumentException>()
            .WithMessage($"The name '{new string('x', 40)}…' (256 characters) is not valid*");

    [Fact]
    public void Name_OfAMillionCharacters_IsShownShortened() =>
        FluentActions.Invoking(() => DestinationName.Validate(new string('.', 1_000_000))).Should().Throw<ArgumentException>()
            .Which.Message.Length.Should().BeLessThan(300);

    [Fact]
    public void Name_WithControlCharacters_IsShownWithoutThem() =>
        FluentActions.Invoking(() => DestinationName.Validate("a\0\u001b[2Jb\ud83d")).Should().Throw<ArgumentException>()
            .WithMessage(@"The name 'a\u0000\u001b[2Jb\ud83d' is not valid*");

    [Theory]
    [InlineData("*")]
    [InlineData("#")]
    [InlineData("*.*")]
    [InlineData("orders.*")]
    [InlineData("#.eu.#")]
    [InlineData("#.#")]
    public void Pattern_WithWildcards_IsTakenAsPatternOnly(string pattern)
    {
        DestinationName.ValidatePattern(pattern).Should().BeSameAs(pattern);
        pattern.Invoking(p => DestinationName.Validate(p)).Should().Throw<ArgumentException>();
    }

    [Theory]
    [InlineData("orders*")]
    [InlineData("**")]
    [InlineData("##")]
    [InlineData("*#")]
    [InlineData("orders.#eu")]
    [InlineData("#.")]
    [InlineData("#..*")]
    public void Pattern_WithAWildcardInsideAToken_IsRefused(string pattern) =>
        pattern.Invoking(p => DestinationName.ValidatePattern(p)).Should().Throw<ArgumentException>();
}
