using Messaging.Storage;

namespace Messaging.Specification.Tests.Stores;

public abstract partial class StoreSpecification
{
    [Fact]
    public async Task Read_AfterCommit_GivesTheBytesInOrder()
    {
        await AppendAsync(1, 1, 100);
        await AppendAsync(1, 101, 50);

        List<StoreRecord> records = await ReadAsync(1, 1);

        records.Select(record => record.Sequence).Should().Equal(Numbers(1, 150));
        records.Should().OnlyContain(record => IsOf(1, record, 10));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(127)]
    [InlineData(128)]
    [InlineData(70_000)]
    [InlineData(1 << 20)]
    public async Task Read_PayloadOfAnySize_ComesBack(int bytes)
    {
        await AppendAsync(1, 1, 3, bytes);

        List<StoreRecord> records = await ReadAsync(1, 1);

        records.Select(record => record.Sequence).Should().Equal(1, 2, 3);
        records.Should().OnlyContain(record => IsOf(1, record, bytes));
    }

    [Fact]
    public async Task Read_FromTheMiddle_StartsThere()
    {
        await AppendAsync(1, 1, 100);

        (await ReadNumbersAsync(1, 37)).Should().Equal(Numbers(37, 100));
    }

    [Fact]
    public async Task Read_BeyondTheEndOrOfAnUnknownLog_GivesNothing()
    {
        await AppendAsync(1, 1, 5);

        (await ReadNumbersAsync(1, 6)).Should().BeEmpty();
        (await ReadNumbersAsync(2, 1)).Should().BeEmpty();
    }

    [Fact]
    public async Task Read_LogThatBeginsLater_StartsAtItsFirstRecord()
    {
        await AppendAsync(1, 1_000, 5);

        (await ReadNumbersAsync(1, 1)).Should().Equal(Numbers(1_000, 1_004));
    }

    [Fact]
    public async Task Read_MaxRecords_IsKept()
    {
        await AppendAsync(1, 1, 100);

        (await ReadNumbersAsync(1, 11, maxRecords: 7)).Should().Equal(Numbers(11, 17));
    }

    [Fact]
    public async Task Read_MaxBytes_StopsThere()
    {
        await AppendAsync(1, 1, 100, bytes: 10);

        (await ReadNumbersAsync(1, 1, maxBytes: 50)).Should().Equal(Numbers(1, 5));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(0)]
    public async Task Read_RecordOverMaxBytes_IsGivenAlone(int maxBytes)
    {
        await AppendAsync(1, 1, 3, bytes: 100_000);

        (await ReadNumbersAsync(1, 1, maxBytes: maxBytes)).Should().Equal(1);
        (await ReadNumbersAsync(1, 2, maxBytes: maxBytes)).Should().Equal(2);
    }

    [Fact]
    public async Task Read_OutputThatHoldsSomething_IsAddedTo()
    {
        await AppendAsync(1, 1, 3);
        var output = new List<StoreRecord> { new(99, default) };

        await Store.ReadAsync(new StoreRange(1, 1, 2, int.MaxValue), output);

        output.Select(record => record.Sequence).Should().Equal(99, 1, 2);
    }

    [Fact]
    public async Task Read_PayloadIsKept_WhileLaterReadsAndCommitsGoOn()
    {
        await AppendAsync(1, 1, 2);
        ReadOnlyMemory<byte> kept = (await ReadAsync(1, 1))[0].Payload;

        await AppendAsync(1, 3, 1_000);
        await ReadAsync(1, 2);

        kept.ToArray().Should().Equal(Payload(1, 1, 10));
    }

    [Fact]
    public async Task Read_TwoLogsInterleaved_AreApart()
    {
        for (int i = 0; i < 10; i++)
        {
            int round = i;
            await CommitAsync(commit =>
            {
                for (int n = 1; n <= 20; n++)
                {
                    commit.Appends.AddRange(Records(1, (round * 20) + n, 1));
                    commit.Appends.AddRange(Records(2, (round * 20) + n, 1));
                }
            });
        }

        foreach (int log in new[] { 1, 2 })
        {
            List<StoreRecord> records = await ReadAsync(log, 1);
            records.Select(record => record.Sequence).Should().Equal(Numbers(1, 200));
            records.Should().OnlyContain(record => IsOf(log, record, 10));
        }
    }

    [Fact]
    public async Task Read_MoreThanOneSegment_IsWhole()
    {
        for (int i = 0; i < 60; i++)
        {
            await AppendAsync(1, (i * 100) + 1, 100, bytes: 2_000);
            await AppendAsync(2, i + 1, 1);
        }

        (await ReadNumbersAsync(1, 1)).Should().Equal(Numbers(1, 6_000));
        (await ReadNumbersAsync(2, 1)).Should().Equal(Numbers(1, 60));
        (await ReadNumbersAsync(2, 59)).Should().Equal(59, 60);
    }

    [Fact]
    public async Task Read_BesideCommits_SeesOnlyWholeCommits()
    {
        const int commits = 300;
        using var done = new CancellationTokenSource();
        Task<int>[] readers = [.. Enumerable.Range(0, 3).Select(_ => Task.Run(() => CountTornReadsAsync(done.Token)))];

        for (int i = 0; i < commits; i++)
        {
            await AppendAsync(1, (i * 10) + 1, 10);
            await Store.MaintainAsync(idle: i % 3 == 0);
        }

        await done.CancelAsync();
        (await Task.WhenAll(readers)).Should().AllBeEquivalentTo(0);
        (await ReadNumbersAsync(1, 1)).Should().Equal(Numbers(1, commits * 10));
    }

    // A commit appends ten records, so that every read must end at a multiple of ten.
    private async Task<int> CountTornReadsAsync(CancellationToken done)
    {
        int torn = 0;
        while (!done.IsCancellationRequested)
        {
            List<long> numbers = await ReadNumbersAsync(1, 1);
            torn += numbers.Count % 10 != 0 || !numbers.SequenceEqual(Numbers(1, numbers.Count)) ? 1 : 0;
        }

        return torn;
    }
}
