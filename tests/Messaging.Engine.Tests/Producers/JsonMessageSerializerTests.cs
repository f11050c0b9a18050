using System.Buffers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Messaging.Engine.Tests.Producers;

public sealed class JsonMessageSerializerTests
{
    private static readonly Order _order = new(7, "Zoë", ["bread", "wine"]);

    [Fact]
    public void SourceGeneratedContext_OfAKnownType_WritesAndReadsByItsOptions()
    {
        var serializer = new JsonMessageSerializer(OrderContext.Default);

        byte[] data = Bytes(serializer, _order);

        Encoding.UTF8.GetString(data).Should().Be("""{"number":7,"customer":"Zo\u00EB","lines":["bread","wine"]}""");
        serializer.Deserialize<Order>(data).Should().BeEquivalentTo(_order);
    }

    [Fact]
    public void SourceGeneratedContext_OfAnUnknownType_RefusesRatherThanReflecting()
    {
        var serializer = new JsonMessageSerializer(OrderContext.Default);

        serializer.Invoking(s => Bytes(s, new Version(1, 2))).Should().Throw<NotSupportedException>().WithMessage("*Version*");
        serializer.Invoking(s => s.Deserialize<Version>(new byte[] { 123, 125 })).Should().Throw<NotSupportedException>();
    }

    [Fact]
    public void Defaults_OfAnyType_WriteAndReadIt()
    {
        var serializer = new JsonMessageSerializer();

        serializer.Deserialize<Order>(Bytes(serializer, _order)).Should().BeEquivalentTo(_order);
    }

    [Fact]
    public void Options_OfTheApplication_AreMadeReadOnly()
    {
        var options = new JsonSerializerOptions { NumberHandling = JsonNumberHandling.WriteAsString | JsonNumberHandling.AllowReadingFromString };
        var serializer = new JsonMessageSerializer(options);

        Encoding.UTF8.GetString(Bytes(serializer, 5)).Should().Be("\"5\"");
        serializer.Deserialize<int>("\"5\""u8.ToArray()).Should().Be(5);
        options.IsReadOnly.Should().BeTrue();
    }

    [Fact]
    public void Nothing_InPlaceOfOptions_IsRefused()
    {
        FluentActions.Invoking(() => new JsonMessageSerializer((JsonSerializerContext)null!)).Should().Throw<ArgumentNullException>();
        FluentActions.Invoking(() => new JsonMessageSerializer((JsonSerializerOptions)null!)).Should().Throw<ArgumentNullException>();
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("[]")]
    public void Bytes_ThatAreNoSuchBody_AreRefused(string text)
    {
        var serializer = new JsonMessageSerializer(OrderContext.Default);

        serializer.Invoking(s => s.Deserialize<Order>(Encoding.UTF8.GetBytes(text))).Should().Throw<JsonException>();
    }

    private static byte[] Bytes<T>(JsonMessageSerializer serializer, T body)
    {
        var output = new ArrayBufferWriter<byte>();
        serializer.Serialize(body, output);
        return output.WrittenSpan.ToArray();
    }
}
