namespace Messaging.Abstractions.Tests;

public sealed class OptionsTests
{
    private static readonly TimeSpan _tick = TimeSpan.FromTicks(1);
    private static readonly TimeSpan _longestDelay = TimeSpan.FromDays(3_650);
    private static readonly TimeSpan _shortestLease = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan _longestLease = TimeSpan.FromDays(7);

    [Fact]
    public void Defaults_OfEveryOption_AreAsDocumented()
    {
        new ConsumerOptions().Should().BeEquivalentTo(new
        {
            LeaseDuration = TimeSpan.FromSeconds(30), Prefetch = 256, AckMode = AckMode.Manual, Retry = (RetryPolicy?)null,
        });
        new HandlerOptions().Should().BeEquivalentTo(new
        {
            Concurrency = 1, AckMode = AckMode.OnReturn, LeaseDuration = TimeSpan.FromSeconds(30), MaxProcessingTime = TimeSpan.FromMinutes(5),
            Prefetch = 256, Retry = (RetryPolicy?)null, ShutdownTimeout = TimeSpan.FromSeconds(30),
        });
        new SubscriptionOptions().Should().BeEquivalentTo(new { DeadLetter = true, DeadLetterCapacity = 100_000L, MaxOutOfOrder = 16_384 });
        new SubscriptionOptions().Retry.Should().BeSameAs(RetryPolicy.Default);
        new QueueOptions().Should().BeEquivalentTo(new
        {
            Capacity = 1_000_000L, FullMode = FullMode.Wait, Durability = (Durability?)null, Serialize = false, DeadLetter = true, DeadLetterCapacity = 100_000L, MaxOutOfOrder = 16_384,
        });
        new TopicOptions().Should().BeEquivalentTo(new { Capacity = 1_000_000L, FullMode = FullMode.Wait, Durability = (Durability?)null, Serialize = false });
        new SendOptions().Should().BeEquivalentTo(new { MessageId = (MessageId?)null, Headers = (MessageHeaders?)null, Delay = TimeSpan.Zero });
    }

    [Fact]
    public void Leases_OutOfRange_AreRefusedWithValueAndRule()
    {
        const string Rule = "must be between 1 ms and 7 days";
        foreach (TimeSpan bad in new[] { TimeSpan.Zero, _shortestLease - _tick, _longestLease + _tick, TimeSpan.MinValue, TimeSpan.MaxValue, Timeout.InfiniteTimeSpan })
        {
            Refused.Argument(() => new ConsumerOptions { LeaseDuration = bad }, "LeaseDuration", bad.ToString(), Rule);
            Refused.Argument(() => new HandlerOptions { LeaseDuration = bad }, "LeaseDuration", bad.ToString(), Rule);
            Refused.Argument(() => new HandlerOptions { MaxProcessingTime = bad }, "MaxProcessingTime", bad.ToString(), Rule);
        }

        foreach (TimeSpan good in new[] { _shortestLease, _longestLease })
        {
            new ConsumerOptions { LeaseDuration = good }.LeaseDuration.Should().Be(good);
            new HandlerOptions { LeaseDuration = good, MaxProcessingTime = good }.Should().BeEquivalentTo(new { LeaseDuration = good, MaxProcessingTime = good });
        }
    }

    [Fact]
    public void Delays_OutOfRange_AreRefusedWithValueAndRule()
    {
        const string Rule = "must be between zero and 3,650 days";
        foreach (TimeSpan bad in new[] { -_tick, _longestDelay + _tick, TimeSpan.MinValue, TimeSpan.MaxValue, Timeout.InfiniteTimeSpan })
        {
            Refused.Argument(() => new SendOptions { Delay = bad }, "Delay", bad.ToString(), Rule);
            Refused.Argument(() => new HandlerOptions { ShutdownTimeout = bad }, "ShutdownTimeout", bad.ToString(), Rule);
        }

        new SendOptions { Delay = _longestDelay }.Delay.Should().Be(_longestDelay);
        new HandlerOptions { ShutdownTimeout = TimeSpan.Zero }.ShutdownTimeout.Should().Be(TimeSpan.Zero);
    }

    [Fact]
    public void Counts_OutOfRange_AreRefusedWithValueAndRule()
    {
        foreach (int bad in new[] { 0, -1, 65_537, int.MinValue, int.MaxValue })
        {
            Refused.Argument(() => new ConsumerOptions { Prefetch = bad }, "Prefetch", $"{bad}", "between 1 and 65,536");
            Refused.Argument(() => new HandlerOptions { Prefetch = bad }, "Prefetch", $"{bad}", "between 1 and 65,536");
        }

        Refused.Argument(() => new HandlerOptions { Concurrency = 0 }, "Concurrency", "0", "between 1 and 1,024");
        foreach (int bad in new[] { 15, 0, -1, 1_000_001, int.MinValue, int.MaxValue })
        {
            Refused.Argument(() => new QueueOptions { MaxOutOfOrder = bad }, "MaxOutOfOrder", $"{bad}", "between 16 and 1,000,000");
        }

        Refused.Argument(() => new HandlerOptions { Concurrency = 1_025 }, "Concurrency", "1025", "between 1 and 1,024");
        foreach (long bad in new[] { 0, -1, 1_000_000_001, long.MinValue, long.MaxValue })
        {
            const string Rule = "between 1 and 1,000,000,000";
            Refused.Argument(() => new QueueOptions { Capacity = bad }, "Capacity", $"{bad}", Rule);
            Refused.Argument(() => new TopicOptions { Capacity = bad }, "Capacity", $"{bad}", Rule);
            Refused.Argument(() => new SubscriptionOptions { DeadLetterCapacity = bad }, "DeadLetterCapacity", $"{bad}", Rule);
            Refused.Argument(() => new QueueOptions { DeadLetterCapacity = bad }, "DeadLetterCapacity", $"{bad}", Rule);
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(1_024)]
    public void Counts_AtTheEdges_AreTaken(int count)
    {
        new HandlerOptions { Concurrency = count }.Concurrency.Should().Be(count);
        new HandlerOptions { Prefetch = count * 64 }.Prefetch.Should().Be(count * 64);
        new ConsumerOptions { Prefetch = count * 64 }.Prefetch.Should().Be(count * 64);
        new QueueOptions { Capacity = count }.Capacity.Should().Be(count);
        new TopicOptions { Capacity = 1_000_000_000 }.Capacity.Should().Be(1_000_000_000);
        new SubscriptionOptions { DeadLetterCapacity = 1_000_000_000 }.DeadLetterCapacity.Should().Be(1_000_000_000);
    }

    [Fact]
    public void Enumerations_WithoutAName_AreRefusedWithValueAndRule()
    {
        Refused.Argument(() => new HandlerOptions { AckMode = (AckMode)9 }, "AckMode", "9", "a named AckMode");
        Refused.Argument(() => new ConsumerOptions { AckMode = (AckMode)9 }, "AckMode", "9", "Manual or OnReceive");
        Refused.Argument(() => new ConsumerOptions { AckMode = AckMode.OnReturn }, "AckMode", "OnReturn", "Manual or OnReceive");
        Refused.Argument(() => new QueueOptions { FullMode = (FullMode)(-1) }, "FullMode", "-1", "a named FullMode");
        Refused.Argument(() => new TopicOptions { FullMode = (FullMode)3 }, "FullMode", "3", "Wait or Refuse");
        Refused.Argument(() => new TopicOptions { FullMode = FullMode.DropOldest }, "FullMode", "DropOldest", "Wait or Refuse");
        Refused.Argument(() => new QueueOptions { Durability = (Durability)3 }, "Durability", "3", "a named Durability");
        Refused.Argument(() => new TopicOptions { Durability = (Durability)3 }, "Durability", "3", "a named Durability");

        new ConsumerOptions { AckMode = AckMode.OnReceive }.AckMode.Should().Be(AckMode.OnReceive);
        new QueueOptions { Durability = Durability.Process }.Durability.Should().Be(Durability.Process);
        new QueueOptions { Durability = null }.Durability.Should().BeNull();
    }

    [Fact]
    public void Retry_NullForASubscription_IsRefused() =>
        FluentActions.Invoking(() => new SubscriptionOptions { Retry = null! }).Should().Throw<ArgumentNullException>().WithParameterName("Retry");

    [Fact]
    public void Copies_WithABadValue_AreRefusedToo()
    {
        var good = new QueueOptions { Capacity = 5 };

        Refused.Argument(() => good with { Capacity = 0 }, "Capacity", "between 1 and 1,000,000,000");

        (good with { Serialize = true }).Capacity.Should().Be(5);
    }
}
