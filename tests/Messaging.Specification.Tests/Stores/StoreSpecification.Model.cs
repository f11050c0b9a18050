using Messaging.Storage;

namespace Messaging.Specification.Tests.Stores;

public abstract partial class StoreSpecification
{
    private const int Logs = 6;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public async Task Store_UnderRandomWork_HoldsWhatTheModelHolds(int seed)
    {
        TestContext.Current.TestOutputHelper?.WriteLine($"Seed {seed}");
        var random = new Random(seed);
        var model = new StoreModel();
        ulong ids = 0;
        for (int step = 0; step < 250; step++)
        {
            var commit = new StoreCommit { Durability = random.Next(2) == 0 ? Durability.Process : Store.Features.MaxDurability };
            for (int i = random.Next(1, 5); i > 0; i--)
            {
                AddRandomWork(commit, model, random, ref ids);
            }

            await Store.CommitAsync(commit);
            await Store.MaintainAsync(idle: random.Next(3) == 0);
            if (random.Next(20) == 0)
            {
                VerifyContents(await ReopenAsync(), model, seed, step);
                await CommitAsync(again => again.Trims.AddRange(model.Trims));
            }

            if (step % 5 == 0)
            {
                await VerifyRecordsAsync(model, random, seed, step);
            }
        }
    }

    private static void AddRandomWork(StoreCommit commit, StoreModel model, Random random, ref ulong ids)
    {
        // A removal takes all of the same commit with it, whatever came first.
        if (commit.Removed.Count > 0)
        {
            return;
        }

        int log = random.Next(1, Logs + 1);
        switch (random.Next(12))
        {
            case < 5:
                AddAppends(commit, model, random, log);
                break;
            case < 8 when model.Logs.TryGetValue(log, out SortedDictionary<long, byte[]>? records) && records.Count > 0:
                foreach (StoreTrim trim in RandomTrims(log, records.First().Key, model.Next[log], random))
                {
                    commit.Trims.Add(trim);
                    model.Trim(trim);
                }

                break;
            case 8:
                string state = new('s', random.Next(100));
                commit.Cursors.Add(new StoreCursor(log * 100, log, Text(state)));
                model.Cursors[(log * 100, log)] = state;
                break;
            case 9:
                var scheduled = new ScheduledRecord(Id(++ids), log, random.Next(1_000), Payload(log, (long)ids, random.Next(200)));
                commit.Scheduled.Add(scheduled);
                model.Scheduled.Add(scheduled.MessageId, scheduled);
                break;
            case 10 when model.Scheduled.Count > 0:
                MessageId gone = model.Scheduled.Keys.ElementAt(random.Next(model.Scheduled.Count));
                commit.Unscheduled.Add(gone);
                model.Scheduled.Remove(gone);
                break;
            case 11 when random.Next(6) == 0 && commit.Appends.Count + commit.Cursors.Count + commit.Scheduled.Count == 0:
                commit.Removed.Add(log);
                model.Remove(log);
                break;
            default:
                AddMessageId(commit, model, random, log, ++ids);
                break;
        }
    }

    // The beginning, one range, or all but some single records of a range.
    private static IEnumerable<StoreTrim> RandomTrims(int log, long first, long next, Random random)
    {
        long from = random.NextInt64(first, next + 1);
        long below = random.NextInt64(from, next + 1);
        switch (random.Next(4))
        {
            case 0:
                return [new StoreTrim(log, 0, from)];
            case 1:
                return [new StoreTrim(log, from, below)];
            default:
                int step = random.Next(2, 60);
                return Enumerable.Range(0, (int)(below - from) / step).Select(i => new StoreTrim(log, from + (i * step), from + ((i + 1) * step) - 1));
        }
    }

    private static void AddAppends(StoreCommit commit, StoreModel model, Random random, int log)
    {
        long first = model.Next.GetValueOrDefault(log, 1);
        StoreAppend[] appends = [.. Records(log, first, random.Next(1, 200), random.Next(10) == 0 ? 20_000 : random.Next(300))];
        commit.Appends.AddRange(appends);
        model.Next[log] = first + appends.Length;
        model.Logs.TryAdd(log, []);
        model.Trimmed.TryAdd(log, []);
        foreach (StoreAppend append in appends)
        {
            model.Logs[log].Add(append.Sequence, append.Payload.ToArray());
        }

        if (commit.Declared.All(entry => entry.Id != log))
        {
            var entry = new StoreEntry(log, StoreEntryKind.Queue, $"log-{log}");
            commit.Declared.Add(entry);
            model.Entries[log] = entry;
        }
    }

    private static void AddMessageId(StoreCommit commit, StoreModel model, Random random, int log, ulong number)
    {
        var id = new StoreMessageId((long)number, log, Id(number), random.Next(1_000));
        commit.MessageIds.Add(id);
        model.MessageIds.Add(id.Ordinal, id);
        long forget = (long)number - 20;
        if (forget > 0)
        {
            commit.ForgetBelow = forget;
            model.MessageIds.Keys.TakeWhile(ordinal => ordinal < forget).ToList().ForEach(ordinal => model.MessageIds.Remove(ordinal));
        }
    }

    private static void VerifyContents(StoreContents contents, StoreModel model, int seed, int step)
    {
        string because = $"of the model with seed {seed} at step {step}";
        contents.Entries.Should().BeEquivalentTo(model.Entries.Values, because);
        contents.Cursors.Select(cursor => ((cursor.Subscription, cursor.Log), Text(cursor.State)))
            .Should().BeEquivalentTo(model.Cursors.Select(pair => (pair.Key, pair.Value)), because);
        contents.Scheduled.Select(record => record.MessageId).Should().BeEquivalentTo(model.Scheduled.Keys, because);
        contents.Scheduled.Select(record => record.DueTicks).Should().BeInAscendingOrder(because);
        contents.MessageIds.Should().Equal(model.MessageIds.Values, because);
        foreach ((int log, SortedDictionary<long, byte[]> records) in model.Logs.Where(log => log.Value.Count > 0))
        {
            contents.LastSequences.Should().ContainKey(log, because);
            contents.LastSequences[log].Should().BeInRange(records.Last().Key, model.Next[log] - 1, because);
        }
    }

    private async Task VerifyRecordsAsync(StoreModel model, Random random, int seed, int step)
    {
        string because = $"of the model with seed {seed} at step {step}";
        for (int log = 1; log <= Logs; log++)
        {
            SortedDictionary<long, byte[]> expected = model.Logs.GetValueOrDefault(log, []);
            long first = expected.Count == 0 ? model.Next.GetValueOrDefault(log, 1) : expected.ElementAt(random.Next(expected.Count)).Key;
            int most = random.Next(1, 500);
            List<StoreRecord> records = await ReadAsync(log, first, most);
            SortedDictionary<long, byte[]> trimmed = model.Trimmed.GetValueOrDefault(log, []);
            records.Select(record => record.Sequence).Should().BeInAscendingOrder(because);
            records.Where(record => !IsOf(record, expected) && !IsOf(record, trimmed)).Should().BeEmpty(because);
            long last = records.Count < most ? long.MaxValue : records[^1].Sequence;
            records.Select(record => record.Sequence).Where(expected.ContainsKey)
                .Should().Equal(expected.Keys.Where(key => key >= first && key <= last), because);
        }
    }

    private static bool IsOf(StoreRecord record, SortedDictionary<long, byte[]> records) =>
        records.TryGetValue(record.Sequence, out byte[]? payload) && record.Payload.Span.SequenceEqual(payload);
}
