using Messaging.Bounds;
using Messaging.Logs;
using Messaging.Records;
using Record = Messaging.Records.Record;

namespace Messaging.Engine.Tests.Logs;

public sealed class MessageLogTrimmingTests(ITestOutputHelper output)
{
    private readonly MessageLog _log = new(id: 1, "orders", Durability.Memory, isStored: false, lastSequence: 0, bound: LogBound.OfTopic("orders"));

    [Fact]
    public void Floor_ManyReadersSettleOneMessageAtATime_IsLookedForOnceForAllOfThem()
    {
        const int Count = 1_000;
        const int Messages = 10;
        CountedReader[] readers = Attach(Count);
        int before = readers.Sum(static reader => reader.Looks);

        for (long message = 1; message <= Messages; message++)
        {
            _log.Append(new Record("body", sentAt: 1, extras: null));
            foreach (CountedReader reader in readers)
            {
                reader.MoveTo(message + 1);
            }

            _log.Floor.Should().Be(message + 1);
        }

        // Each is asked when it moves and in one look; a look by each would be a thousand.
        int looks = readers.Sum(static reader => reader.Looks) - before;
        looks.Should().BeLessThan(6 * Count * Messages);
    }

    [Fact]
    public void Floor_ReadersMoveAtRandom_ReachesTheEndWithThemAndPassesNone()
    {
        int seed = Random.Shared.Next();
        output.WriteLine($"seed {seed}");
        var random = new Random(seed);
        CountedReader[] readers = Attach(7);
        long[] places = [.. readers.Select(static _ => 1L)];
        for (int round = 0; round < 200; round++)
        {
            for (int i = random.Next(200); i >= 0; i--)
            {
                _log.Append(new Record("body", sentAt: 1, extras: null));
            }

            for (int step = 0; step < 50; step++)
            {
                int moved = random.Next(readers.Length);
                places[moved] = random.NextInt64(places[moved], _log.End + 1);
                readers[moved].MoveTo(places[moved]);
                _log.Floor.Should().BeLessThanOrEqualTo(places.Min());
                (places.Min() - _log.Floor).Should().BeLessThan(_log.TrimStep, "what all have left is dropped");
            }

            for (int i = 0; i < readers.Length; i++)
            {
                places[i] = _log.End;
                readers[i].MoveTo(_log.End);
            }

            // Nothing has entered the bound, so it has only counted what left.
            long trimmed = -_log.Bound!.Gate.Held;
            _log.Floor.Should().Be(_log.End);
            trimmed.Should().Be(_log.End - 1);
        }
    }

    private CountedReader[] Attach(int count)
    {
        var readers = new CountedReader[count];
        for (int i = 0; i < count; i++)
        {
            _log.AttachAtEnd(readers[i] = new CountedReader(_log));
        }

        return readers;
    }
}
