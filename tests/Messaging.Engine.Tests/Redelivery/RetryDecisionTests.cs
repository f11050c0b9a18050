using Messaging.Redelivery;

namespace Messaging.Engine.Tests.Redelivery;

public sealed class RetryDecisionTests
{
    private static readonly TimeSpan _longest = TimeSpan.FromDays(3_650);
    private static readonly Exception _fault = new InvalidOperationException("the policy's own fault");

    public static TheoryData<TimeSpan, TimeSpan> Delays => new()
    {
        { TimeSpan.Zero, TimeSpan.Zero },
        { TimeSpan.FromTicks(1), TimeSpan.FromTicks(1) },
        { _longest, _longest },
        { _longest + TimeSpan.FromTicks(1), _longest },
        { TimeSpan.MaxValue, _longest },
        { Timeout.InfiniteTimeSpan, _longest },
        { TimeSpan.FromTicks(-1), TimeSpan.Zero },
        { TimeSpan.FromMilliseconds(-2), TimeSpan.Zero },
        { TimeSpan.MinValue, TimeSpan.Zero },
    };

    [Theory, MemberData(nameof(Delays))]
    public void Delay_OfAnySize_IsClamped(TimeSpan said, TimeSpan expected)
    {
        var policy = new Policy(() => 9, _ => said);

        RetryDecision.After(policy, 1, 7, delay: null).Should().Be(new RetryDecision(false, expected, null));
        RetryDecision.Beyond(policy, 0, 7).Should().Be(new RetryDecision(false, expected, null));
    }

    [Theory]
    [InlineData(3, 2, false)]
    [InlineData(3, 3, true)]
    [InlineData(3, int.MaxValue, true)]
    [InlineData(int.MaxValue, int.MaxValue, true)]
    [InlineData(1, 1, true)]
    [InlineData(0, 1, true)]
    [InlineData(-1, 1, true)]
    [InlineData(int.MinValue, 1, true)]
    public void MaxFailures_OfAnySize_IsAtLeastOne(int most, int failures, bool givesUp)
    {
        var policy = new Policy(() => most, static _ => TimeSpan.Zero);

        RetryDecision.After(policy, failures, 7, delay: null).GivesUp.Should().Be(givesUp);
        RetryDecision.BeforeHandOver(policy, failures).GivesUp.Should().Be(givesUp);
        RetryDecision.BeforeHandOver(policy, 0).GivesUp.Should().BeFalse("a message that has not failed is handed over by any policy");
    }

    [Fact]
    public void Policy_ThatThrows_IsAnsweredByTheDefaultOneAndNamed()
    {
        var policy = new Policy(static () => throw _fault, static _ => throw _fault);
        int most = RetryPolicy.Default.MaxFailures;

        RetryDecision.After(policy, 2, 7, delay: null).Should().Be(new RetryDecision(false, RetryPolicy.Default.DelayAfter(2, 7), _fault));
        RetryDecision.After(policy, most, 7, delay: null).Should().Be(new RetryDecision(true, TimeSpan.Zero, _fault));
        RetryDecision.Beyond(policy, 2, 7).Should().Be(new RetryDecision(false, RetryPolicy.Default.DelayAfter(2, 7), _fault));
        RetryDecision.BeforeHandOver(policy, most - 1).Should().Be(new RetryDecision(false, TimeSpan.Zero, _fault));
        RetryDecision.BeforeHandOver(policy, most).Should().Be(new RetryDecision(true, TimeSpan.Zero, _fault));
        RetryDecision.MaxFailuresOf(policy).Should().Be(most);
    }

    [Fact]
    public void Policy_AskedOfOneFailure_IsAskedOnceEach()
    {
        int limits = 0;
        int delays = 0;
        var policy = new Policy(
            () =>
            {
                limits++;
                return 9;
            },
            _ =>
            {
                delays++;
                return TimeSpan.Zero;
            });

        RetryDecision.After(policy, 1, 7, delay: null);
        (limits, delays).Should().Be((1, 1));

        RetryDecision.After(policy, 1, 7, delay: TimeSpan.FromSeconds(1)).Delay.Should().Be(TimeSpan.FromSeconds(1));
        (limits, delays).Should().Be((2, 1), "the nack said the delay");
    }

    [Fact]
    public void IsOurs_OfThePoliciesThatWeMake_IsTrue()
    {
        RetryPolicy[] ours =
        [
            RetryPolicy.Default, RetryPolicy.None, RetryPolicy.Fixed(TimeSpan.Zero), RetryPolicy.Schedule(TimeSpan.Zero),
            RetryPolicy.Exponential(TimeSpan.Zero, TimeSpan.Zero),
        ];

        ours.Should().OnlyContain(static policy => RetryDecision.IsOurs(policy));
        RetryDecision.IsOurs(new Policy(static () => 1, static _ => TimeSpan.Zero)).Should().BeFalse();
    }

    private sealed class Policy(Func<int> maxFailures, Func<int, TimeSpan> delayAfter) : RetryPolicy
    {
        public override int MaxFailures => maxFailures();

        public override TimeSpan DelayAfter(int failures, ulong seed) => delayAfter(failures);
    }
}
