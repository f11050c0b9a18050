using System.Runtime.CompilerServices;

namespace Messaging.Abstractions.Tests;

public sealed class ReceiptTests
{
    private static readonly Receipt _receipt = new(MessageId.FromName("order-42"), 7, Durability.Power, IsDuplicate: false);

    [Fact]
    public void Previous_Unsaid_IsNone() => _receipt.Previous.Should().BeNull();

    [Theory]
    [InlineData(null)]
    [InlineData(PreviousSend.Waiting)]
    [InlineData(PreviousSend.Scheduled)]
    [InlineData(PreviousSend.Settled)]
    public void Previous_Said_ComesBackAndCounts(PreviousSend? previous)
    {
        Receipt receipt = _receipt with { IsDuplicate = true, Previous = previous };

        receipt.Previous.Should().Be(previous);
        receipt.Should().Be(_receipt with { IsDuplicate = true, Previous = previous });
        receipt.Equals(_receipt with { IsDuplicate = true }).Should().Be(previous is null);
        receipt.ToString().Should().Contain($"Previous = {previous}");
    }

    [Fact]
    public void Size_WithPrevious_IsFourWords() => Unsafe.SizeOf<Receipt>().Should().Be(32, "each send copies it");
}
