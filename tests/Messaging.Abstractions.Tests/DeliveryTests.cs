namespace Messaging.Abstractions.Tests;

public sealed class DeliveryTests
{
    private static readonly DeliveryToken _token = new(3, 17);

    private readonly RecordingSettler _settler = new();

    [Fact]
    public void Delivery_MadeFromItsParts_ShowsThem()
    {
        var sentAt = new DateTimeOffset(2030, 1, 2, 3, 4, 5, TimeSpan.Zero);
        MessageHeaders headers = new MessageHeaders { ["tenant"] = "a" }.ToFrozen();

        var delivery = new Delivery<string>("body", Info(sentAt.Ticks, headers), _settler);

        delivery.Should().BeEquivalentTo(new
        {
            Body = "body", Destination = "orders", MessageId = new MessageId(1, 2), Sequence = 42L, SentAt = sentAt, Attempt = 2, Failures = 1, Token = _token,
        });
        delivery.Headers.Should().BeSameAs(headers);
        delivery.LeaseLost.Should().Be(_settler.LeaseLost);
    }

    [Fact]
    public void Delivery_WithoutHeaders_HasEmptyOnes() => Delivery().Headers.Should().BeSameAs(MessageHeaders.Empty);

    [Fact]
    public async Task Delivery_Settled_HandsItsTokenAndArgumentsOn()
    {
        Delivery<int> delivery = Delivery();
        using var cancelled = new CancellationTokenSource();
        TimeSpan minute = TimeSpan.FromMinutes(1);

        (await delivery.AckAsync(cancelled.Token)).Should().Be(Settlement.Acked);
        (await delivery.NackAsync()).Should().Be(Settlement.Nacked);
        (await delivery.NackAsync(minute, "later", cancelled.Token)).Should().Be(Settlement.Nacked);
        (await delivery.DeadLetterAsync("bad", cancelled.Token)).Should().Be(Settlement.DeadLettered);
        delivery.Extend(minute).Should().Be(Settlement.Extended);

        _settler.Calls.Should().Equal(
            ("ack", _token, null, null, cancelled.Token),
            ("nack", _token, null, null, default),
            ("nack", _token, minute, "later", cancelled.Token),
            ("dead-letter", _token, null, "bad", cancelled.Token),
            ("extend", _token, minute, null, default));
    }

    [Fact]
    public void DefaultDelivery_Read_HasEmptyValues()
    {
        Delivery<string> delivery = default;

        delivery.Body.Should().BeNull();
        (delivery.Destination, delivery.MessageId, delivery.Sequence, delivery.Attempt, delivery.Failures).Should().Be(("", default(MessageId), 0L, 0, 0));
        (delivery.Headers, delivery.SentAt, delivery.Token).Should().Be((MessageHeaders.Empty, DateTimeOffset.MinValue, default(DeliveryToken)));
        delivery.ToString().Should().Be("Delivery that was not received from a consumer");
    }

    [Fact]
    public async Task DefaultDelivery_Settled_SaysThatItWasNotReceived()
    {
        Delivery<int> delivery = default;
        Func<Task>[] calls =
        [
            () => delivery.AckAsync().AsTask(),
            () => delivery.NackAsync().AsTask(),
            () => delivery.DeadLetterAsync("bad").AsTask(),
            () => Task.FromResult(delivery.Extend(TimeSpan.FromMinutes(1))),
            () => Task.FromResult(delivery.LeaseLost),
        ];

        foreach (Func<Task> call in calls)
        {
            await call.Should().ThrowAsync<InvalidOperationException>().WithMessage("This delivery was not received from a consumer*");
        }
    }

    [Fact]
    public void Delivery_InWords_NamesTheMessageAndNotTheBody()
    {
        var delivery = new Delivery<string>("secret", Info(0, new() { ["password"] = "hidden" }), _settler);

        delivery.ToString().Should().Be("Delivery of message 42 of 'orders' (00000000000000010000000000000002), attempt 2");
    }

    [Fact]
    public void Nack_DelayOutOfRange_IsRefusedAndSettlesNothing()
    {
        foreach (TimeSpan bad in new[] { TimeSpan.FromTicks(-1), TimeSpan.FromDays(3_651), TimeSpan.MaxValue, TimeSpan.MinValue })
        {
            Refused.Argument(() => Delivery().NackAsync(bad), "delay", bad.ToString(), "between zero and 3,650 days");
        }

        _settler.Calls.Should().BeEmpty();
    }

    [Fact]
    public void Extend_DurationOutOfRange_IsRefusedAndSettlesNothing()
    {
        foreach (TimeSpan bad in new[] { TimeSpan.Zero, TimeSpan.FromTicks(-1), TimeSpan.FromDays(8), TimeSpan.MaxValue })
        {
            Refused.Argument(() => Delivery().Extend(bad), "duration", bad.ToString(), "between 1 ms and 7 days");
        }

        _settler.Calls.Should().BeEmpty();
    }

    [Fact]
    public async Task DeadLetter_WithoutAReason_IsRefusedAndSettlesNothing()
    {
        Func<Task> call = async () => await Delivery().DeadLetterAsync(null!);

        await call.Should().ThrowAsync<ArgumentNullException>().WithParameterName("reason");
        _settler.Calls.Should().BeEmpty();
    }

    [Fact]
    public void Tokens_OfLaterDeliveries_AreDifferent() =>
        new[] { new DeliveryToken(3, 17), new(3, 18), new(4, 17) }.Should().OnlyHaveUniqueItems();

    private Delivery<int> Delivery() => new(7, Info(0, null), _settler);

    private static DeliveryInfo Info(long sentAtTicks, MessageHeaders? headers) => new()
    {
        Destination = "orders",
        Headers = headers,
        MessageId = new MessageId(1, 2),
        Sequence = 42,
        SentAtTicks = sentAtTicks,
        Token = _token,
        Attempt = 2,
        Failures = 1,
    };
}
