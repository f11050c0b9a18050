namespace Messaging.Abstractions.Tests;

/// <summary>The shorter ways to send take nothing away: what compiled before means what it meant.</summary>
public sealed class ProducerExtensionsTests
{
    private readonly RecordingProducer<Order> _orders = new();
    private readonly CancellationTokenSource _source = new();

    [Fact]
    public async Task SendAsync_EveryWayToCallIt_MeansOneMethod()
    {
        IProducer<Order> orders = _orders;
        var delayed = new SendOptions { Delay = TimeSpan.FromMinutes(1) };

        await orders.SendAsync(new(1));
        await orders.SendAsync(new(2), default);
        await orders.SendAsync(new(3), null);
        await orders.SendAsync(new(4), new() { Delay = TimeSpan.FromMinutes(1) });
        await orders.SendAsync(new(5), delayed, _source.Token);
        await orders.SendAsync(new(6), cancellationToken: _source.Token);
        await orders.SendAsync(new(7), _source.Token);
        await orders.SendAsync(body: new(8), options: null);

        _orders.Sent.Should().Equal(
            (new Order(1), null, default),
            (new Order(2), null, default),
            (new Order(3), null, default),
            (new Order(4), delayed, default),
            (new Order(5), delayed, _source.Token),
            (new Order(6), null, _source.Token),
            (new Order(7), null, _source.Token),
            (new Order(8), null, default));
    }

    [Fact]
    public async Task SendAsync_BodiesOfOddTypes_StayBodies()
    {
        var tokens = new RecordingProducer<CancellationToken>();
        var objects = new RecordingProducer<object>();

        await tokens.SendAsync(_source.Token);
        await tokens.SendAsync(_source.Token, _source.Token);
        await objects.SendAsync("text", _source.Token);
        await objects.SendAsync(new SendOptions());

        tokens.Sent.Should().Equal((_source.Token, null, default), (_source.Token, null, _source.Token));
        objects.Sent.Should().Equal(("text", null, _source.Token), (new SendOptions(), null, default));
    }

    [Fact]
    public async Task SendBatchAsync_EveryWayToCallIt_SendsTheBodies()
    {
        IProducer<Order> orders = _orders;

        await orders.SendBatchAsync([new(new Order(1)), new(new Order(2), new() { Delay = TimeSpan.FromMinutes(1) })]);
        await orders.SendBatchAsync([new Order(3), new Order(4)]);
        await orders.SendBatchAsync(Enumerable.Range(5, 2).Select(number => new Order(number)), _source.Token);
        await orders.SendBatchAsync(new List<Order> { new(7) });
        await orders.SendBatchAsync([]);

        _orders.Sent.Select(sent => sent.Body.Number).Should().Equal(1, 2, 3, 4, 5, 6, 7);
        _orders.Sent.Where(sent => sent.Cancellation == _source.Token).Select(sent => sent.Body.Number).Should().Equal(5, 6);
    }

    [Fact]
    public async Task SendBatchAsync_BodiesThatThrow_ThrowInTheProducersCall()
    {
        IEnumerable<Order> Broken()
        {
            yield return new Order(1);
            throw new InvalidTimeZoneException();
        }

        ValueTask<IReadOnlyList<Receipt>> send = _orders.SendBatchAsync(Broken());

        await send.Awaiting(s => s.AsTask()).Should().ThrowAsync<InvalidTimeZoneException>();
        _orders.Sent.Should().BeEmpty();
    }

    [Fact]
    public void Send_NullForTheProducerOrTheBodies_IsRefused()
    {
        IProducer<Order> none = null!;

        FluentActions.Invoking(() => _ = none.SendAsync(new Order(1), default(CancellationToken))).Should().Throw<ArgumentNullException>().WithParameterName("producer");
        FluentActions.Invoking(() => _ = none.SendBatchAsync(new List<Order>())).Should().Throw<ArgumentNullException>().WithParameterName("producer");
        _orders.Invoking(o => _ = o.SendBatchAsync((IEnumerable<Order>)null!)).Should().Throw<ArgumentNullException>().WithParameterName("bodies");
    }

    private sealed record Order(int Number);
}
