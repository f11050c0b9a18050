using Messaging.Commits;
using Messaging.Cursors;
using Messaging.Engine.Tests.Cursors;
using Messaging.Logs;
using Messaging.Storage;

namespace Messaging.Engine.Tests.Commits;

public sealed class SettledRangesTests(ITestOutputHelper output)
{
    private const int Last = 200;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void RandomAcks_OfThreeReaders_AreToldOnceWhenTheLastOneAcked(int seed)
    {
        output.WriteLine($"seed {seed}");
        var random = new Random(seed);
        var log = new MessageLog(7, "orders", Durability.Power, isStored: false, lastSequence: 0);
        CursorState[] states = [.. Enumerable.Range(0, 3).Select(_ => Attach(log))];
        var settled = new SettledRanges();
        var told = new HashSet<long>();
        for (int step = 0; step < 300; step++)
        {
            Ack(states[random.Next(states.Length)], random);
            if (random.Next(5) > 0)
            {
                continue;
            }

            var trims = new List<StoreTrim>();
            settled.Find(log, trims);

            Assert.All(trims, trim => Assert.True(trim.Log == 7 && trim.First < trim.Below));
            foreach (long number in trims.SelectMany(trim => Numbers(trim.First, trim.Below - 1)))
            {
                Assert.True(told.Add(number), $"{number} is told twice");
            }

            long floor = states.Min(state => state.Floor);
            Assert.Equal(
                Numbers(floor, Last).Where(number => states.All(state => state.IsSettled(number))),
                told.Where(number => number >= floor).Order());
            Assert.All(told, number => Assert.True(states.All(state => state.IsSettled(number))));
        }
    }

    [Fact]
    public void Find_NoReader_TellsNothing()
    {
        var trims = new List<StoreTrim>();

        new SettledRanges().Find(new MessageLog(7, "orders", Durability.Power, isStored: false, lastSequence: 10), trims);

        trims.Should().BeEmpty();
    }

    private static CursorState Attach(MessageLog log)
    {
        var state = new CursorState(1);
        for (int i = 0; i < Last; i++)
        {
            state.Take();
        }

        log.Attach(new LogCursor(new SilentOwner(), log, state));
        return state;
    }

    // Mostly near the floor, so that it moves.
    private static void Ack(CursorState state, Random random)
    {
        for (int i = 0; i < 5; i++)
        {
            long number = Math.Min(Last, state.Floor + random.Next(random.Next(2) == 0 ? 3 : Last));
            if (!state.IsSettled(number))
            {
                state.Settle(number);
            }
        }
    }

    private static IEnumerable<long> Numbers(long first, long last)
    {
        for (long number = first; number <= last; number++)
        {
            yield return number;
        }
    }
}
