using Messaging.Storage;

namespace Messaging.Testing.Stores.Cases;

/// <summary>A store under random commits of all kinds, held against a model in plain dictionaries after each few of them.</summary>
internal sealed class RandomWork
{
    private const int Logs = 6;
    private const int Steps = 250;

    private const string Demand = "Whatever was committed is what OpenAsync tells and reads give, in every mixture of commits, upkeep and reopening.";

    private readonly StoreUnderTest _store;
    private readonly int _seed;
    private readonly Random _random;
    private readonly StoreModel _model = new();
    private ulong _ids;
    private int _step;

    private RandomWork(StoreUnderTest store, int seed)
    {
        _store = store;
        _seed = seed;
        _random = new Random(seed);
    }

    public static IEnumerable<StoreCase> All => from seed in (int[])[1, 2, 3, 4] select Case(seed);

    public static StoreCase Case(int seed) =>
        new(Demand, store => Store_UnderRandomWork_HoldsWhatTheModelHolds(store, seed), StoreNeeds.Reopening, $"{nameof(Store_UnderRandomWork_HoldsWhatTheModelHolds)}(seed: {seed})");

    private static Task Store_UnderRandomWork_HoldsWhatTheModelHolds(StoreUnderTest store, int seed) => new RandomWork(store, seed).RunAsync();

    private async Task RunAsync()
    {
        Durability most = _store.Features.MaxDurability;
        for (; _step < Steps; _step++)
        {
            var commit = new StoreCommit { Durability = _random.Next(2) == 0 && most > Durability.Process ? Durability.Process : most };
            for (int i = _random.Next(1, 5); i > 0; i--)
            {
                AddRandomWork(commit);
            }

            await _store.Store.CommitAsync(commit).ConfigureAwait(false);
            await _store.Store.MaintainAsync(idle: _random.Next(3) == 0).ConfigureAwait(false);
            if (_random.Next(20) == 0)
            {
                VerifyContents(await _store.ReopenAsync().ConfigureAwait(false));
                await _store.CommitAsync(again => again.Trims.AddRange(_model.Trims)).ConfigureAwait(false);
            }

            if (_step % 5 == 0)
            {
                await VerifyRecordsAsync().ConfigureAwait(false);
            }
        }
    }

    private void AddRandomWork(StoreCommit commit)
    {
        // A removal takes all of the same commit with it, whatever came first.
        if (commit.Removed.Count > 0)
        {
            return;
        }

        int log = _random.Next(1, Logs + 1);
        switch (_random.Next(12))
        {
            case < 5:
                AddAppends(commit, log);
                break;
            case < 8 when _model.Logs.TryGetValue(log, out SortedDictionary<long, byte[]>? records) && records.Count > 0:
                foreach (StoreTrim trim in RandomTrims(log, records.First().Key, _model.Next[log]))
                {
                    commit.Trims.Add(trim);
                    _model.Trim(trim);
                }

                break;
            case 8:
                string state = new('s', _random.Next(100));
                commit.Cursors.Add(new StoreCursor(log * 100, log, Given.Text(state)));
                _model.Cursors[(log * 100, log)] = state;
                break;
            case 9:
                var scheduled = new ScheduledRecord(Given.Id(++_ids), log, _random.Next(1_000), Given.Payload(log, (long)_ids, _random.Next(200)));
                commit.Scheduled.Add(scheduled);
                _model.Scheduled.Add(scheduled.MessageId, scheduled);
                break;
            case 10 when _model.Scheduled.Count > 0:
                MessageId gone = _model.Scheduled.Keys.ElementAt(_random.Next(_model.Scheduled.Count));
                commit.Unscheduled.Add(gone);
                _model.Scheduled.Remove(gone);
                break;
            case 11 when _random.Next(6) == 0 && commit.Appends.Count + commit.Cursors.Count + commit.Scheduled.Count == 0:
                commit.Removed.Add(log);
                _model.Remove(log);
                break;
            default:
                AddMessageId(commit, log, ++_ids);
                break;
        }
    }

    // The beginning, one range, or all but some single records of a range.
    private IEnumerable<StoreTrim> RandomTrims(int log, long first, long next)
    {
        long from = _random.NextInt64(first, next + 1);
        long below = _random.NextInt64(from, next + 1);
        switch (_random.Next(4))
        {
            case 0:
                return [new StoreTrim(log, 0, from)];
            case 1:
                return [new StoreTrim(log, from, below)];
            default:
                int step = _random.Next(2, 60);
                return Enumerable.Range(0, (int)(below - from) / step).Select(i => new StoreTrim(log, from + (i * step), from + ((i + 1) * step) - 1));
        }
    }

    private void AddAppends(StoreCommit commit, int log)
    {
        long first = _model.Next.GetValueOrDefault(log, 1);
        StoreAppend[] appends = [.. Given.Records(log, first, _random.Next(1, 200), _random.Next(10) == 0 ? 20_000 : _random.Next(300))];
        commit.Appends.AddRange(appends);
        _model.Next[log] = first + appends.Length;
        _model.Logs.TryAdd(log, []);
        _model.Trimmed.TryAdd(log, []);
        foreach (StoreAppend append in appends)
        {
            _model.Logs[log].Add(append.Sequence, append.Payload.ToArray());
        }

        if (commit.Declared.All(entry => entry.Id != log))
        {
            var entry = new StoreEntry(log, StoreEntryKind.Queue, $"log-{log}");
            commit.Declared.Add(entry);
            _model.Entries[log] = entry;
        }
    }

    private void AddMessageId(StoreCommit commit, int log, ulong number)
    {
        var id = new StoreMessageId((long)number, log, Given.Id(number), _random.Next(1_000));
        commit.MessageIds.Add(id);
        _model.MessageIds.Add(id.Ordinal, id);
        if (number % 7 == 0 && _model.MessageIds.TryGetValue(id.Ordinal - 3, out StoreMessageId known))
        {
            // Without chance, so that the rest of the work stays what it was.
            if (number % 2 == 0)
            {
                commit.Forgotten.Add(known.Ordinal);
                _model.MessageIds.Remove(known.Ordinal);
            }
            else
            {
                commit.MessageIds.Add(known with { Sequence = known.Sequence + 1 });
                _model.MessageIds[known.Ordinal] = known with { Sequence = known.Sequence + 1 };
            }
        }

        long forget = (long)number - 20;
        if (forget > 0)
        {
            commit.ForgetBelow = forget;
            _model.MessageIds.Keys.TakeWhile(ordinal => ordinal < forget).ToList().ForEach(ordinal => _model.MessageIds.Remove(ordinal));
        }
    }

    private void VerifyContents(StoreContents contents)
    {
        Expect.SameItems(_model.Entries.Values, contents.Entries, Named("the entries"));
        Expect.SameItems(
            _model.Cursors.Select(cursor => (cursor.Key, cursor.Value)),
            contents.Cursors.Select(cursor => ((cursor.Subscription, cursor.Log), Given.Text(cursor.State))),
            Named("the cursors"));
        Expect.SameItems(_model.Scheduled.Keys, contents.Scheduled.Select(record => record.MessageId), Named("the scheduled records"));
        Expect.Ascending(contents.Scheduled.Select(record => record.DueTicks), Named("the due times of the scheduled records"));
        Expect.SameSequence(_model.MessageIds.Values, contents.MessageIds, Named("the remembered ids"));
        foreach ((int log, SortedDictionary<long, byte[]> records) in _model.Logs.Where(log => log.Value.Count > 0))
        {
            long last = contents.LastSequences.GetValueOrDefault(log);
            Expect.That(
                last >= records.Last().Key && last < _model.Next[log],
                Named($"the last sequence number of log {log}"),
                $"from {records.Last().Key} to {_model.Next[log] - 1}",
                $"{last}");
        }
    }

    private async Task VerifyRecordsAsync()
    {
        for (int log = 1; log <= Logs; log++)
        {
            SortedDictionary<long, byte[]> expected = _model.Logs.GetValueOrDefault(log, []);
            long first = expected.Count == 0 ? _model.Next.GetValueOrDefault(log, 1) : expected.ElementAt(_random.Next(expected.Count)).Key;
            int most = _random.Next(1, 500);
            List<StoreRecord> records = await _store.ReadAsync(log, first, most).ConfigureAwait(false);
            SortedDictionary<long, byte[]> trimmed = _model.Trimmed.GetValueOrDefault(log, []);
            string subject = Named($"the records of log {log} from {first} on, {most} at most");
            Expect.Ascending(records.Select(record => record.Sequence), subject);
            Expect.Empty(
                records.Where(record => !IsOf(record, expected) && !IsOf(record, trimmed)).Select(record => record.Sequence),
                $"what was never appended as it is read among {subject}");
            long last = records.Count < most ? long.MaxValue : records[^1].Sequence;
            Expect.SameSequence(
                expected.Keys.Where(key => key >= first && key <= last),
                records.Select(record => record.Sequence).Where(expected.ContainsKey),
                $"the live ones of {subject}");
        }
    }

    private string Named(string subject) => $"{subject}, of the model with seed {_seed} at step {_step},";

    private static bool IsOf(StoreRecord record, SortedDictionary<long, byte[]> records) =>
        records.TryGetValue(record.Sequence, out byte[]? payload) && record.Payload.Span.SequenceEqual(payload);
}
