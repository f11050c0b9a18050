using Messaging.Storage;

namespace Messaging.Specification.Tests.Stores;

public abstract partial class StoreSpecification
{
    [Fact]
    public async Task Trim_LiveRecords_StayReadable()
    {
        for (int i = 0; i < 50; i++)
        {
            await AppendAsync(1, (i * 100) + 1, 100, bytes: 1_000);
            long below = (i * 100) + 51;
            await CommitAsync(commit => commit.Trims.Add(new StoreTrim(1, 0, below)));
            await Store.MaintainAsync(idle: true);

            (await ReadNumbersAsync(1, below)).Should().Equal(Numbers(below, (i * 100) + 100));
        }
    }

    [Fact]
    public async Task Trim_OfOneLog_HidesNothingOfAnother()
    {
        for (int i = 0; i < 60; i++)
        {
            await AppendAsync(1, (i * 100) + 1, 100, bytes: 1_000);
            await AppendAsync(2, i + 1, 1);
        }

        await CommitAsync(commit => commit.Trims.Add(new StoreTrim(1, 0, 6_001)));
        await Store.MaintainAsync(idle: true);

        (await ReadNumbersAsync(2, 1)).Should().Equal(Numbers(1, 60));
        (await ReadNumbersAsync(1, 6_001)).Should().BeEmpty();
    }

    [Fact]
    public async Task Trim_ThenAppend_GoesOnBehind()
    {
        await AppendAsync(1, 1, 10);
        await CommitAsync(commit => commit.Trims.Add(new StoreTrim(1, 0, 11)));

        await AppendAsync(1, 11, 5);

        (await ReadNumbersAsync(1, 11)).Should().Equal(Numbers(11, 15));
    }

    [Theory]
    [InlineData(10)]
    [InlineData(2_000)]
    public async Task Trim_RangeAboveTheFloor_HidesNothingElse(int bytes)
    {
        for (int i = 0; i < 60; i++)
        {
            await AppendAsync(1, (i * 100) + 1, 100, bytes);
        }

        await CommitAsync(commit => commit.Trims.AddRange([new StoreTrim(1, 101, 2_001), new StoreTrim(1, 2_002, 5_001)]));
        await MaintainAsync();

        await ShouldHoldAsync([.. Numbers(1, 100), 2_001, .. Numbers(5_001, 6_000)], bytes);
        await AppendAsync(1, 6_001, 10, bytes);
        await ReopenAsync();
        await ShouldHoldAsync([.. Numbers(1, 100), 2_001, .. Numbers(5_001, 6_010)], bytes);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Trim_ToldAgain_ChangesNothing(bool reopened)
    {
        StoreTrim[] trims = [.. Enumerable.Range(0, 60).Select(i => new StoreTrim(1, (i * 100) + 2, (i * 100) + 101))];
        for (int i = 0; i < 60; i++)
        {
            await AppendAsync(1, (i * 100) + 1, 100, bytes: 1_000);
        }

        for (int round = 0; round < 3; round++)
        {
            await CommitAsync(commit => commit.Trims.AddRange(trims));
            await MaintainAsync();
            await ShouldHoldAsync([.. Enumerable.Range(0, 60).Select(i => (i * 100) + 1L)], 1_000);
            if (reopened)
            {
                await ReopenAsync();
            }
        }

        await AppendAsync(1, 6_001, 100, bytes: 1_000);
        await ShouldHoldAsync([.. Enumerable.Range(0, 60).Select(i => (i * 100) + 1L), .. Numbers(6_001, 6_100)], 1_000);
    }

    [Fact]
    public async Task Trim_OverlappingRangesInAnyOrder_AreOneRange()
    {
        await AppendAsync(1, 1, 100);

        await CommitAsync(commit => commit.Trims.AddRange(
            [new StoreTrim(1, 50, 80), new StoreTrim(1, 10, 20), new StoreTrim(1, 15, 60), new StoreTrim(1, 30, 30), new StoreTrim(1, 70, 40)]));
        await MaintainAsync();

        await ShouldHoldAsync([.. Numbers(1, 9), .. Numbers(80, 100)], 10);
    }

    [Fact]
    public async Task Trim_OfTheLastRecords_GivesTheirNumbersToNobody()
    {
        await AppendAsync(1, 1, 100, bytes: 1_000);
        await CommitAsync(commit => commit.Trims.Add(new StoreTrim(1, 51, 101)));
        await MaintainAsync();

        await AppendAsync(1, 101, 5, bytes: 1_000);

        await ShouldHoldAsync([.. Numbers(1, 50), .. Numbers(101, 105)], 1_000);
        (await ReopenAsync()).LastSequences[1].Should().Be(105);
    }

    [Fact]
    public async Task Trim_FloorPassesTrimmedRanges_ReadsGoOnBehindIt()
    {
        for (int i = 0; i < 60; i++)
        {
            await AppendAsync(1, (i * 100) + 1, 100, bytes: 1_000);
            await AppendAsync(2, i + 1, 1);
        }

        await CommitAsync(commit => commit.Trims.AddRange(Enumerable.Range(0, 3_000).Select(i => new StoreTrim(1, (2 * i) + 1, (2 * i) + 2))));
        await MaintainAsync();
        for (long floor = 1_000; floor < 6_000; floor += 1_000)
        {
            await CommitAsync(commit => commit.Trims.Add(new StoreTrim(1, 0, floor + 1)));
            await MaintainAsync();
            await ShouldHoldAsync([.. Numbers(floor + 1, 6_000).Where(number => number % 2 == 0)], 1_000, first: floor + 1);
        }

        (await ReadNumbersAsync(2, 1)).Should().Equal(Numbers(1, 60));
    }

    [Fact]
    public async Task Read_BesideTrimsAndUpkeep_MissesNothingLive()
    {
        const int rounds = 120;
        using var done = new CancellationTokenSource();
        long held = 0;
        Task<int>[] readers = [.. Enumerable.Range(0, 3).Select(i => Task.Run(() => CountMissesAsync(i, () => Volatile.Read(ref held), done.Token)))];

        for (int i = 0; i < rounds; i++)
        {
            int start = i * 100;
            await AppendAsync(1, start + 1, 100, bytes: 1_000);
            await CommitAsync(commit => commit.Trims.Add(new StoreTrim(1, start + 2, start + 101)));
            Volatile.Write(ref held, i + 1);
            await Store.MaintainAsync(idle: i % 3 == 0);
        }

        await done.CancelAsync();
        (await Task.WhenAll(readers)).Should().AllBeEquivalentTo(0);
    }

    private async Task MaintainAsync()
    {
        for (int i = 0; i < 10; i++)
        {
            await Store.MaintainAsync(idle: true);
        }
    }

    // Of what is trimmed some may still be there.
    private async Task ShouldHoldAsync(List<long> live, int bytes, long first = 1)
    {
        for (int step = 1; step <= 1_000; step *= 10)
        {
            var found = new List<StoreRecord>();
            for (long next = first; next <= live[^1]; next = found[^1].Sequence + 1)
            {
                int before = found.Count;
                found.AddRange(await ReadAsync(1, next, step));
                found.Count.Should().BeGreaterThan(before, $"record {live[^1]} is at or after {next}");
            }

            found.Select(record => record.Sequence).Should().BeInAscendingOrder();
            found.Select(record => record.Sequence).Should().Contain(live);
            found.Should().OnlyContain(record => IsOf(1, record, bytes));
        }
    }

    // Every hundredth record from the first on is held for good.
    private async Task<int> CountMissesAsync(int reader, Func<long> held, CancellationToken done)
    {
        int misses = 0;
        while (!done.IsCancellationRequested)
        {
            long known = held();
            var live = new HashSet<long>();
            for (long next = 1; next <= ((known - 1) * 100) + 1;)
            {
                List<StoreRecord> records = await ReadAsync(1, next, maxRecords: 1 + (reader * 7));
                if (records.Count == 0)
                {
                    return misses + 1_000_000;
                }

                live.UnionWith(records.Select(record => record.Sequence));
                next = records[^1].Sequence + 1;
            }

            misses += (int)Enumerable.Range(0, (int)known).Count(i => !live.Contains((i * 100) + 1));
        }

        return misses;
    }
}
