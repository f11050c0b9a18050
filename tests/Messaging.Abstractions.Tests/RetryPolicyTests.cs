namespace Messaging.Abstractions.Tests;

public sealed class RetryPolicyTests
{
    private static readonly TimeSpan _second = TimeSpan.FromSeconds(1);

    public static TheoryData<string, RetryPolicy> EveryPolicy => new()
    {
        { "None", RetryPolicy.None },
        { "Default", RetryPolicy.Default },
        { "Fixed", RetryPolicy.Fixed(_second) },
        { "Schedule", RetryPolicy.Schedule(_second) },
        { "Exponential", RetryPolicy.Exponential(_second, TimeSpan.FromHours(1)) },
    };

    [Fact]
    public void None_FirstFailure_DeadLetters()
    {
        RetryPolicy.None.MaxFailures.Should().Be(1);
        RetryPolicy.None.DelayAfter(1, 7).Should().Be(TimeSpan.Zero);
    }

    [Fact]
    public void Default_WithoutArguments_IsExponentialToAMinuteWithTenFailures()
    {
        RetryPolicy.Default.MaxFailures.Should().Be(10);
        for (ulong seed = 0; seed < 1_000; seed++)
        {
            RetryPolicy.Default.DelayAfter(1, seed).Should().BeLessThan(_second);
            RetryPolicy.Default.DelayAfter(9, seed).Should().BeLessThan(TimeSpan.FromMinutes(1));
        }
    }

    [Fact]
    public void Fixed_AnyFailure_WaitsTheSame()
    {
        RetryPolicy policy = RetryPolicy.Fixed(_second, maxFailures: 3);

        policy.MaxFailures.Should().Be(3);
        foreach (int failures in new[] { 1, 2, 3, 1_000_000, int.MaxValue })
        {
            policy.DelayAfter(failures, 7).Should().Be(_second);
        }
    }

    [Fact]
    public void Schedule_EachFailure_TakesTheNextDelay()
    {
        RetryPolicy policy = RetryPolicy.Schedule(_second, _second * 5, _second * 2);

        policy.MaxFailures.Should().Be(4);
        policy.DelayAfter(1, 7).Should().Be(_second);
        policy.DelayAfter(2, 7).Should().Be(_second * 5);
        policy.DelayAfter(3, 7).Should().Be(_second * 2);
        policy.DelayAfter(1_000_000, 7).Should().Be(_second * 2, "the last delay repeats");
    }

    [Fact]
    public void Schedule_ArrayChangedAfterwards_KeepsItsDelays()
    {
        TimeSpan[] delays = [_second];
        RetryPolicy policy = RetryPolicy.Schedule(delays);

        delays[0] = TimeSpan.Zero;

        policy.DelayAfter(1, 7).Should().Be(_second);
    }

    [Fact]
    public void Schedule_WithoutDelays_DeadLettersTheFirstFailure() => RetryPolicy.Schedule().MaxFailures.Should().Be(1);

    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 3)]
    [InlineData(3, 9)]
    [InlineData(4, 10)]
    [InlineData(1_000_000, 10)]
    [InlineData(int.MaxValue, 10)]
    public void Exponential_WithoutJitter_GrowsToTheCap(int failures, int seconds) =>
        RetryPolicy.Exponential(_second, _second * 10, factor: 3, jitter: RetryJitter.None)
            .DelayAfter(failures, 7).Should().Be(_second * seconds);

    [Theory]
    [InlineData(RetryJitter.None)]
    [InlineData(RetryJitter.Full)]
    [InlineData(RetryJitter.Equal)]
    public void Exponential_ExtremeCounts_StayBetweenZeroAndTheCap(RetryJitter jitter)
    {
        TimeSpan cap = TimeSpan.FromDays(3_650);
        foreach (TimeSpan first in new[] { TimeSpan.Zero, TimeSpan.FromTicks(1), cap })
        {
            RetryPolicy policy = RetryPolicy.Exponential(first, cap, factor: 100, maxFailures: 1_000_000_000, jitter: jitter);
            foreach (int failures in new[] { 1, 2, 100, 1_000_000, int.MaxValue })
            {
                policy.DelayAfter(failures, ulong.MaxValue).Should().BeGreaterThanOrEqualTo(TimeSpan.Zero).And.BeLessThanOrEqualTo(cap);
            }
        }
    }

    [Fact]
    public void Exponential_FirstDelayZero_IsZeroAtAnyCount() =>
        RetryPolicy.Exponential(TimeSpan.Zero, _second, jitter: RetryJitter.None).DelayAfter(1_000_000, 7).Should().Be(TimeSpan.Zero);

    [Theory]
    [InlineData(RetryJitter.Full, 0.0)]
    [InlineData(RetryJitter.Equal, 0.5)]
    public void Exponential_Jitter_FillsItsRangeEvenly(RetryJitter jitter, double lowest)
    {
        const int Draws = 10_000;
        RetryPolicy policy = RetryPolicy.Exponential(_second * 8, _second * 8, jitter: jitter);

        double[] shares = [.. Enumerable.Range(0, Draws).Select(seed => policy.DelayAfter(1, (ulong)seed) / (_second * 8))];

        shares.Should().OnlyContain(share => share >= lowest && share < 1);
        int[] tenths = [.. shares.CountBy(share => (int)((share - lowest) / (1 - lowest) * 10)).OrderBy(pair => pair.Key).Select(pair => pair.Value)];
        // A tenth of 10,000 even draws is 1,000 with a deviation of 30: six of them are never left by chance.
        tenths.Should().HaveCount(10).And.OnlyContain(count => count > 820 && count < 1_180);
    }

    [Fact]
    public void Exponential_SameMessageAndFailure_DrawsTheSame()
    {
        RetryPolicy one = RetryPolicy.Exponential(_second, TimeSpan.FromHours(1));
        RetryPolicy two = RetryPolicy.Exponential(_second, TimeSpan.FromHours(1));

        for (int failures = 1; failures <= 100; failures++)
        {
            one.DelayAfter(failures, 42).Should().Be(two.DelayAfter(failures, 42));
        }
    }

    [Fact]
    public void Exponential_OtherMessageOrFailure_DrawsAnother()
    {
        RetryPolicy policy = RetryPolicy.Exponential(TimeSpan.FromDays(1), TimeSpan.FromDays(1));

        Enumerable.Range(0, 1_000).Select(seed => policy.DelayAfter(1, (ulong)seed)).Should().OnlyHaveUniqueItems();
        Enumerable.Range(1, 1_000).Select(failures => policy.DelayAfter(failures, 42)).Should().OnlyHaveUniqueItems();
    }

    [Theory]
    [MemberData(nameof(EveryPolicy), DisableDiscoveryEnumeration = true)]
    public void EveryPolicy_FailuresBelowOne_AreRefused(string name, RetryPolicy policy)
    {
        foreach (int failures in new[] { 0, -1, int.MinValue })
        {
            policy.Invoking(p => p.DelayAfter(failures, 7)).Should().Throw<ArgumentOutOfRangeException>(name)
                .Which.ParamName.Should().Be("failures");
        }
    }

    [Fact]
    public void Factories_ArgumentsOutOfRange_AreRefusedWithValueAndRule()
    {
        TimeSpan absurd = TimeSpan.FromDays(3_651);
        const string Delays = "must be between zero and 3,650 days";
        const string Failures = "must be between 1 and 1,000,000,000";

        Refused.Argument(() => RetryPolicy.Fixed(-_second), "delay", "-00:00:01", Delays);
        Refused.Argument(() => RetryPolicy.Fixed(absurd), "delay", "3651.00:00:00", Delays);
        Refused.Argument(() => RetryPolicy.Fixed(_second, 0), "maxFailures", "0", Failures);
        Refused.Argument(() => RetryPolicy.Fixed(_second, 1_000_000_001), "maxFailures", "1000000001", Failures);
        Refused.Argument(() => RetryPolicy.Schedule(_second, -_second), "delays", "-00:00:01", Delays);
        Refused.Argument(() => RetryPolicy.Schedule(TimeSpan.MaxValue), "delays", TimeSpan.MaxValue.ToString(), Delays);
        Refused.Argument(() => RetryPolicy.Exponential(-_second, _second), "first", "-00:00:01", Delays);
        Refused.Argument(() => RetryPolicy.Exponential(_second, absurd), "max", "3651.00:00:00", Delays);
        Refused.Argument(() => RetryPolicy.Exponential(_second * 2, _second), "max", "00:00:01", "at least the first delay, 00:00:02");
        Refused.Argument(() => RetryPolicy.Exponential(_second, _second, 0.5), "factor", "0.5", "between 1 and 100");
        Refused.Argument(() => RetryPolicy.Exponential(_second, _second, 100.5), "factor", "100.5", "between 1 and 100");
        Refused.Argument(() => RetryPolicy.Exponential(_second, _second, double.NaN), "factor", "NaN", "between 1 and 100");
        Refused.Argument(() => RetryPolicy.Exponential(_second, _second, double.PositiveInfinity), "factor", "between 1 and 100");
        Refused.Argument(() => RetryPolicy.Exponential(_second, _second, maxFailures: -1), "maxFailures", "-1", Failures);
        Refused.Argument(() => RetryPolicy.Exponential(_second, _second, jitter: (RetryJitter)9), "jitter", "9", "a named RetryJitter");
    }

    [Fact]
    public void Factories_ArgumentsAtTheEdges_AreTaken()
    {
        TimeSpan longest = TimeSpan.FromDays(3_650);

        RetryPolicy.Fixed(TimeSpan.Zero, 1).MaxFailures.Should().Be(1);
        RetryPolicy.Fixed(longest, 1_000_000_000).MaxFailures.Should().Be(1_000_000_000);
        RetryPolicy.Exponential(longest, longest, 1).MaxFailures.Should().Be(10);
        RetryPolicy.Exponential(TimeSpan.Zero, TimeSpan.Zero, 100, 1, RetryJitter.None).MaxFailures.Should().Be(1);
    }
}
