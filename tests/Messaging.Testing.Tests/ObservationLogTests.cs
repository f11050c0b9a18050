namespace Messaging.Testing.Tests;

/// <summary>What a failed expectation says.</summary>
public sealed class ObservationLogTests : IAsyncLifetime
{
    private readonly TestBroker _test = TestBroker.Start();

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync() => _test.DisposeAsync();

    [Fact]
    public async Task Failure_WhileSomethingHappens_TellsCountAndHistoriesOfOneMoment()
    {
        IProducer<string> producer = _test.Broker.Queue("orders").Producer<string>();
        await producer.SendAsync("early");
        Task<Receipt>? late = null;

        // The condition runs between the count and the histories.
        Action expectation = () => _test.Sent.Where(
            seen =>
            {
                (late ??= producer.SendAsync("late").AsTask()).Wait();
                return seen.Body is "late";
            },
            "it is late").Single();

        string text = expectation.Should().Throw<ObservationException>().Which.Message;
        text.Should().Contain("there are none").And.Contain(": early").And.NotContain(": late");
        _test.Sent.Exactly(2);
    }

    [Fact]
    public async Task Failure_OfTimesWhileSomethingHappens_TellsOneMomentToo()
    {
        IProducer<string> producer = _test.Broker.Queue("orders").Producer<string>();
        await producer.SendAsync("early");
        Task<Receipt>? late = null;

        Action expectation = () => _test.Sent.Where(
            seen =>
            {
                (late ??= producer.SendAsync("late").AsTask()).Wait();
                return seen.Body is "late";
            },
            "it is late").At(TimeSpan.Zero);

        expectation.Should().Throw<ObservationException>().Which.Message.Should().Contain("there are none").And.NotContain(": late");
    }
}
