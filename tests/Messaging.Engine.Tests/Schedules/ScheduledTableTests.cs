using Messaging.Logs;
using Messaging.Schedules;
using Messaging.Records;
using Record = Messaging.Records.Record;

namespace Messaging.Engine.Tests.Schedules;

public sealed class ScheduledTableTests(ITestOutputHelper output)
{
    private readonly ScheduledTable _table = new();
    private readonly MessageLog _log = new(id: 1, "orders", Durability.Memory, isStored: false, lastSequence: 0);

    [Fact]
    public void TakeDue_MessagesOfOneTime_ComeInTheOrderOfAdding()
    {
        foreach (ulong id in (ulong[])[3, 1, 2])
        {
            Add(id, due: 10).Should().BeTrue();
        }

        Take(now: 9).Should().BeNull();
        new[] { Take(10), Take(10), Take(10), Take(10) }.Should().Equal(3, 1, 2, null);
        _table.NextDue.Should().Be(long.MaxValue);
    }

    [Fact]
    public void Add_OfAnIdThatIsThere_ChangesNothing()
    {
        Add(1, due: 10).Should().BeTrue();

        Add(1, due: 5).Should().BeFalse();

        _table.Count.Should().Be(1);
        _table.NextDue.Should().Be(10);
    }

    [Fact]
    public void Remove_TheFirstMessage_LetsTheNextOneBeFirst()
    {
        Add(1, due: 10);
        Add(2, due: 20);

        _table.TryRemove(Id(1), out MessageLog log).Should().BeTrue();

        log.Should().BeSameAs(_log);
        _table.TryRemove(Id(1), out _).Should().BeFalse();
        _table.NextDue.Should().Be(20);
    }

    [Fact]
    public void Remove_ThenAddInTheSameSlot_DoesNotComeAtTheOldTime()
    {
        Add(1, due: 10);
        Add(9, due: 90);
        _table.TryRemove(Id(1), out _);
        Add(2, due: 50);

        Take(now: 10).Should().BeNull();
        Take(now: 50).Should().Be(2);
    }

    [Fact]
    public void Table_RandomSteps_AgreesWithASortedList()
    {
        int seed = Random.Shared.Next();
        output.WriteLine($"seed {seed}");
        var random = new Random(seed);
        var model = new SortedDictionary<(long Due, int Order), ulong>();
        var places = new Dictionary<ulong, (long Due, int Order)>();
        long now = 0;
        for (int step = 0; step < 20_000; step++)
        {
            // Phases that grow and phases that shrink, so that the table grows, forgets what is stale and empties.
            bool grows = step / 2_500 % 2 == 0;
            ulong id = (ulong)random.Next(3_000);
            if (random.Next(10) < (grows ? 7 : 2))
            {
                long due = now + random.Next(1, 500);
                bool added = places.TryAdd(id, (due, step));
                Add(id, due).Should().Be(added);
                if (added)
                {
                    model.Add((due, step), id);
                }
            }
            else if (random.Next(2) == 0)
            {
                bool held = places.Remove(id, out (long, int) place);
                _table.TryRemove(Id(id), out _).Should().Be(held);
                model.Remove(place);
            }
            else
            {
                now += random.Next(grows ? 3 : 20);
                while (Take(now) is { } taken)
                {
                    KeyValuePair<(long Due, int Order), ulong> first = model.First();
                    taken.Should().Be(first.Value);
                    first.Key.Due.Should().BeLessThanOrEqualTo(now);
                    model.Remove(first.Key);
                    places.Remove(taken);
                }
            }

            _table.Count.Should().Be(model.Count);
            _table.NextDue.Should().Be(model.Count == 0 ? long.MaxValue : model.First().Key.Due);
            _table.TryGet(Id(id), out _).Should().Be(places.ContainsKey(id));
        }
    }

    private static MessageId Id(ulong id) => new(0, id);

    private bool Add(ulong id, long due) => _table.TryAdd(new ScheduledItem(Id(id), _log, due, new Record("body", sentAt: 1, extras: null)));

    private ulong? Take(long now) => _table.TryTakeDue(now, out ScheduledItem item) ? item.Id.Low : null;
}
