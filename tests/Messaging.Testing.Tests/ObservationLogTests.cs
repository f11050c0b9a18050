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
        string text = await FailAsync(late => late.Single());

        text.Should().Contain("there are none").And.Contain(": early").And.NotContain(": late");
        _test.Sent.Exactly(2);
    }

    [Fact]
    public async Task Failure_OfTimesWhileSomethingHappens_TellsOneMomentToo()
    {
        string text = await FailAsync(late => late.At(TimeSpan.Zero));

        text.Should().Contain("there are none").And.NotContain(": late");
    }

    private async Task<string> FailAsync(Action<ObservationLog> expect)
    {
        IProducer<string> producer = _test.Broker.Queue("orders").Producer<string>();
        await producer.SendAsync("early");
        Task<Receipt>? late = null;

        // The condition runs between the count and the histories.
        Action expectation = () => expect(_test.Sent.Where(
            seen =>
            {
                (late ??= producer.SendAsync("late").AsTask()).Wait();
                return seen.Body is "late";
            },
            "it is late"));

        return expectation.Should().Throw<ObservationException>().Which.Message;
    }
}
