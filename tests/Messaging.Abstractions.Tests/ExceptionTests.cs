namespace Messaging.Abstractions.Tests;

public sealed class ExceptionTests
{
    [Fact]
    public void Exceptions_OfTheContract_SayWhatWasRefusedAndWhatToDo()
    {
        new MessageTooLargeException("The body", 2_000_000, 1_048_576).Should().BeEquivalentTo(new
        {
            Message = "The body: 2,000,000 is over the limit of 1,048,576. Nothing was sent.", Actual = 2_000_000L, Limit = 1_048_576L,
        });
        new QueueFullException("orders", 1_000).Should().BeEquivalentTo(new
        {
            Message = "'orders' holds its Capacity of 1,000 messages. Nothing was sent. Send again later, or raise its Capacity.", Destination = "orders", Capacity = 1_000L,
        });
        new StoreFormatException("shop.db", "It is not ours.").Should().BeEquivalentTo(new
        {
            Message = "'shop.db' cannot be opened: It is not ours. It was left as it is.", Store = "shop.db",
        });
        new StoreInUseException("shop.db").Should().BeEquivalentTo(new
        {
            Message = "'shop.db' is open in another broker. A store has one owner at a time: close the other one first.", Store = "shop.db",
        });
    }

    [Fact]
    public void Exceptions_OfTheStore_AreCaughtAsOne()
    {
        var cause = new InvalidOperationException("cause");
        Exception[] ofTheStore = [new StoreFormatException("s", "p", cause), new StoreInUseException("s", cause), new StoreOutcomeUnknownException("m", cause)];

        ofTheStore.Should().AllBeAssignableTo<StoreException>().And.OnlyContain(e => e.InnerException == cause);
        new BodyFormatException("m", cause).Should().BeAssignableTo<MessagingException>().Which.InnerException.Should().BeSameAs(cause);
    }
}
