using Messaging.Cursors;

namespace Messaging.Engine.Tests.Cursors;

public sealed class RangeSetTests(ITestOutputHelper output)
{
    [Fact]
    public void Add_BetweenTwoRanges_MergesThem()
    {
        var set = new RangeSet();
        set.AddRange(1, 3);
        set.AddRange(5, 9);

        set.Add(4);

        set.Ranges.Should().Equal((1, 9));
        set.Count.Should().Be(9);
    }

    [Fact]
    public void Add_BesideNoRange_StaysApart()
    {
        var set = new RangeSet();
        set.Add(10);
        set.Add(2);
        set.Add(6);

        set.Ranges.Should().Equal((2, 2), (6, 6), (10, 10));
        set.Contains(3).Should().BeFalse();
        set.Contains(6).Should().BeTrue();
    }

    [Fact]
    public void TakeFrom_FirstRangeBeginsElsewhere_TakesNothing()
    {
        var set = new RangeSet();
        set.AddRange(5, 7);

        set.TakeFrom(4).Should().Be(4);
        set.TakeFrom(6).Should().Be(6);
        set.Count.Should().Be(3);
    }

    [Fact]
    public void TakeFrom_FirstRangeBeginsThere_GivesTheNumberAfterIt()
    {
        var set = new RangeSet();
        set.AddRange(5, 7);
        set.Add(9);

        set.TakeFrom(5).Should().Be(8);
        set.Ranges.Should().Equal((9, 9));
        set.Count.Should().Be(1);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void RandomSteps_AgainstAPlainSet_HoldTheSameNumbers(int seed)
    {
        output.WriteLine($"seed {seed}");
        var random = new Random(seed);
        var set = new RangeSet();
        var model = new HashSet<long>();
        for (int step = 0; step < 2_000; step++)
        {
            long first = random.Next(400);
            long last = first + (random.Next(4) == 0 ? random.Next(6) : 0);
            if (random.Next(8) == 0 && model.Count > 0)
            {
                Take(set, model, random.Next(3) == 0 ? first : model.Min());
            }
            else if (Numbers(first, last).All(number => !model.Contains(number)))
            {
                set.AddRange(first, last);
                model.UnionWith(Numbers(first, last));
            }

            Assert.Equal(model.Count, set.Count);
            Assert.Equal(model.Contains(first), set.Contains(first));
            Assert.True(set.Ranges.SequenceEqual(RangesOf(model)), $"step {step}");
        }
    }

    [Theory]
    [InlineData(5)]
    [InlineData(6)]
    public void RandomSteps_WithThousandsOfRanges_HoldTheSameNumbers(int seed)
    {
        const int Most = 20_000;
        output.WriteLine($"seed {seed}");
        var random = new Random(seed);
        var set = new RangeSet();
        bool[] model = new bool[Most + 2];
        int[] numbers = [.. Enumerable.Range(1, Most)];
        random.Shuffle(numbers);
        for (int i = 0; i < Most; i++)
        {
            set.Add(numbers[i]);
            model[numbers[i]] = true;
            int first = random.Next(1, Most);
            int last = Math.Min(Most, first + random.Next(50));
            Assert.Equal(HolesOf(model, first, last), set.HolesIn(first, last));
            if (i % 500 == 0)
            {
                Assert.Equal(Enumerable.Range(1, first - 1).Count(number => model[number]), set.CountBelow(first));
                Assert.Equal(Enumerable.Range(1, Most).Count(number => model[number] && !model[number - 1]), set.RangeCount);
            }
        }

        set.Ranges.Should().Equal((1, Most));
    }

    private static List<(long First, long Last)> HolesOf(bool[] model, int first, int last) =>
        RangesOf([.. Enumerable.Range(first, last - first + 1).Where(number => !model[number]).Select(number => (long)number)]);

    private static void Take(RangeSet set, HashSet<long> model, long first)
    {
        long next = first;
        if (model.Count > 0 && model.Min() == first)
        {
            while (model.Remove(next))
            {
                next++;
            }
        }

        set.TakeFrom(first).Should().Be(next);
    }

    private static IEnumerable<long> Numbers(long first, long last)
    {
        for (long number = first; number <= last; number++)
        {
            yield return number;
        }
    }

    private static List<(long First, long Last)> RangesOf(HashSet<long> model)
    {
        var ranges = new List<(long First, long Last)>();
        foreach (long number in model.Order())
        {
            if (ranges.Count > 0 && ranges[^1].Last == number - 1)
            {
                ranges[^1] = (ranges[^1].First, number);
            }
            else
            {
                ranges.Add((number, number));
            }
        }

        return ranges;
    }
}
