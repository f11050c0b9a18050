using Messaging.Topology;

namespace Messaging.Engine.Tests.Topology;

public sealed class OptionDifferenceTests
{
    [Fact]
    public void Queue_OptionsThatDiffer_AreNamedWithBothValues()
    {
        var inUse = new QueueOptions { Capacity = 5_000, FullMode = FullMode.Refuse, Retry = RetryPolicy.Default };
        var wanted = new QueueOptions { Capacity = 6_000, FullMode = FullMode.Refuse, Durability = Durability.Process };

        OptionDifference.Of(wanted, inUse).Should().Be("Capacity is 5,000, not 6,000; Durability is not given, not Process");
    }

    [Fact]
    public void Queue_PoliciesThatDiffer_AreDescribed() =>
        OptionDifference.Of(new QueueOptions { Retry = RetryPolicy.None }, new QueueOptions { Retry = RetryPolicy.Fixed(TimeSpan.FromSeconds(3), maxFailures: 4) })
            .Should().StartWith("Retry is ").And.Contain("00:00:03").And.Contain(", not ").And.NotContain("Capacity");

    [Fact]
    public void Topic_OptionsThatDiffer_AreNamedWithBothValues() =>
        OptionDifference.Of(new TopicOptions { Serialize = true }, new TopicOptions { Capacity = 7 })
            .Should().Be("Capacity is 7, not 1,000,000; Serialize is False, not True");

    [Fact]
    public void Subscription_OptionsThatDiffer_AreNamedWithBothValues() =>
        OptionDifference.Of(new SubscriptionOptions { MaxOutOfOrder = 16 }, new SubscriptionOptions { DeadLetter = false, DeadLetterCapacity = 3 })
            .Should().Be("DeadLetter is False, not True; DeadLetterCapacity is 3, not 100,000; MaxOutOfOrder is 16,384, not 16");

    [Fact]
    public void Options_PoliciesThatDescribeThemselvesAlike_AreShownWhole() =>
        OptionDifference.Of(new SubscriptionOptions { Retry = new Nameless() }, new SubscriptionOptions { Retry = new Nameless() })
            .Should().Contain("SubscriptionOptions").And.Contain("a policy");

    private sealed class Nameless : RetryPolicy
    {
        public override int MaxFailures => 2;

        public override TimeSpan DelayAfter(int failures, ulong seed) => TimeSpan.Zero;

        public override string ToString() => "a policy";
    }
}
