using Messaging.Logs;
using Messaging.Records;
using Record = Messaging.Records.Record;

namespace Messaging.Engine.Tests.Logs;

public sealed class LogTailTests(ITestOutputHelper output)
{
    private const int Chunk = 256;

    [Fact]
    public void Append_FromAnyPlace_GivesEachRecordItsNumber()
    {
        var tail = new LogTail(1_000);

        tail.Append(Record(1_000));
        tail.Append(Record(1_001));

        (tail.Start, tail.End).Should().Be((1_000, 1_002));
        Held(tail, 999, 1_003).Should().Equal(1_000, 1_001);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(255)]
    [InlineData(256)]
    public void Append_OverManyChunks_KeepsAll(long first)
    {
        var tail = new LogTail(first);

        Fill(tail, 40 * Chunk);

        Held(tail, first - 1, tail.End + 1).Should().Equal(Numbers(first, first + (40 * Chunk)));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void DropBelow_AnyPlace_LeavesWhatComesAfter(bool release)
    {
        foreach (long below in (long[])[1, 2, 255, 256, 257, 511, 512, 513, 1_500])
        {
            var tail = new LogTail(1);
            Fill(tail, 2_000);

            tail.DropBelow(below, release);

            tail.Start.Should().Be(below);
            Held(tail, 1, tail.End).Should().Equal(Numbers(below, tail.End));
        }
    }

    [Fact]
    public void DropBelow_BeyondTheEnd_StopsAtTheEnd()
    {
        var tail = new LogTail(1);
        Fill(tail, 10);

        tail.DropBelow(100, release: true);

        (tail.Start, tail.End).Should().Be((11, 11));
        tail.Append(Record(11));
        Held(tail, 1, 20).Should().Equal(11);
    }

    [Fact]
    public void DropBelow_BelowTheStart_ChangesNothing()
    {
        var tail = new LogTail(100);
        Fill(tail, 10);
        tail.DropBelow(105, release: true);

        tail.DropBelow(50, release: true);

        Held(tail, 90, 120).Should().Equal(105, 106, 107, 108, 109);
    }

    [Fact]
    public void Skip_OnAnEmptyTail_CountsWithoutHolding()
    {
        var tail = new LogTail(1);
        Fill(tail, 3);
        tail.DropBelow(4, release: true);
        for (int i = 0; i < 5 * Chunk; i++)
        {
            tail.Skip();
        }

        tail.Append(Record(tail.End));

        (tail.Start, tail.End).Should().Be((4 + (5 * Chunk), 5 + (5 * Chunk)));
        Held(tail, 1, tail.End + 1).Should().Equal(4 + (5 * Chunk));
    }

    [Theory]
    [InlineData(51)]
    [InlineData(52)]
    [InlineData(53)]
    public void RandomSteps_OfAppendsDropsAndSkips_ShowOnlyWhatIsHeld(int seed)
    {
        output.WriteLine($"seed {seed}");
        var random = new Random(seed);
        var tail = new LogTail(random.Next(1, 1_000));
        long start = tail.Start;
        for (int step = 0; step < 400; step++)
        {
            Fill(tail, random.Next(400));
            if (random.Next(2) == 0)
            {
                start = random.NextInt64(start, tail.End + 1);
                tail.DropBelow(start, release: random.Next(2) == 0);
            }

            if (start == tail.End && random.Next(2) == 0)
            {
                tail.Skip();
                start++;
            }

            tail.Start.Should().Be(start);
            long any = random.NextInt64(Math.Max(0, start - 2_000), tail.End + 2_000);
            tail.TryGet(any, out Record record).Should().Be(any >= start && any < tail.End);
            record.SentAt.Should().Be(any >= start && any < tail.End ? any : 0);
        }

        Held(tail, start - 10, tail.End + 10).Should().Equal(Numbers(start, tail.End));
    }

    [Fact]
    public async Task Reader_WhileRecordsAreAppendedAndDropped_NeverSeesAnothersRecord()
    {
        const long Last = 400_000;
        var tail = new LogTail(1);
        using var started = new ManualResetEventSlim();
        Task<long> reader = Task.Factory.StartNew(
            () => ReadUntil(tail, Last, started), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

        started.Wait();
        var random = new Random(61);
        while (tail.End <= Last)
        {
            Fill(tail, random.Next(700));
            if (random.Next(2) == 0)
            {
                tail.DropBelow(tail.End - random.Next(2_000), release: false);
            }
        }

        (await reader).Should().Be(0, "a number holds its own record or none");
    }

    /// <summary>Reads around the tail's ends until it has grown, and counts the records that were somebody else's.</summary>
    private static long ReadUntil(LogTail tail, long last, ManualResetEventSlim started)
    {
        long wrong = 0;
        var random = new Random(62);
        started.Set();
        while (tail.End <= last)
        {
            long sequence = (random.Next(2) == 0 ? tail.Start : tail.End) + random.Next(-4, 5);
            if (tail.TryGet(sequence, out Record record) && (record.SentAt != sequence || (long)record.Body! != sequence))
            {
                wrong++;
            }
        }

        return wrong;
    }

    private static Record Record(long number) => new((object)number, number, extras: null);

    private static void Fill(LogTail tail, int count)
    {
        for (int i = 0; i < count; i++)
        {
            tail.Append(Record(tail.End));
        }
    }

    private static List<long> Held(LogTail tail, long from, long to)
    {
        var held = new List<long>();
        for (long sequence = from; sequence < to; sequence++)
        {
            if (tail.TryGet(sequence, out Record record))
            {
                Assert.Equal(sequence, record.SentAt);
                held.Add(sequence);
            }
        }

        return held;
    }

    private static IEnumerable<long> Numbers(long first, long end)
    {
        for (long number = first; number < end; number++)
        {
            yield return number;
        }
    }
}
