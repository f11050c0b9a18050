using Messaging.Storage;

namespace Messaging.Testing.Stores.Cases;

/// <summary>What a trim must leave, whatever it takes away.</summary>
internal static class TrimmingCases
{
    private const string OnlyTheRange = "A trim states that nobody needs a range of a log any more: those records may be deleted now or later, no others.";

    private const string Again = "A store may be told the same trim again, and is told everything again after it was opened.";

    private const string NoNumberTwice = "LastSequences tells the sequence number of a log's last record, or of a later one that was trimmed; "
        + "within a log, sequence numbers ascend.";

    private const string Beside = "Reads may come at any time between opening and disposing; what is not trimmed is there all the time.";

    public static IEnumerable<StoreCase> All =>
    [
        new(OnlyTheRange, Trim_LiveRecords_StayReadable),
        new(OnlyTheRange, Trim_OfOneLog_HidesNothingOfAnother),
        new(NoNumberTwice, Trim_ThenAppend_GoesOnBehind),
        .. from bytes in (int[])[10, 2_000]
           select new StoreCase(
               OnlyTheRange,
               store => Trim_RangeAboveTheFloor_HidesNothingElse(store, bytes),
               StoreNeeds.Reopening,
               $"{nameof(Trim_RangeAboveTheFloor_HidesNothingElse)}(bytes: {bytes})"),
        new(Again, store => Trim_ToldAgain_ChangesNothing(store, reopened: false), name: $"{nameof(Trim_ToldAgain_ChangesNothing)}(reopened: false)"),
        new(
            Again,
            store => Trim_ToldAgain_ChangesNothing(store, reopened: true),
            StoreNeeds.Reopening,
            $"{nameof(Trim_ToldAgain_ChangesNothing)}(reopened: true)"),
        new(OnlyTheRange, Trim_OverlappingRangesInAnyOrder_AreOneRange),
        new(NoNumberTwice, Trim_OfTheLastRecords_GivesTheirNumbersToNobody, StoreNeeds.Reopening),
        new(OnlyTheRange, Trim_FloorPassesTrimmedRanges_ReadsGoOnBehindIt),
        new(Beside, Read_BesideTrimsAndUpkeep_MissesNothingLive),
    ];

    private static async Task Trim_LiveRecords_StayReadable(StoreUnderTest store)
    {
        for (int i = 0; i < 50; i++)
        {
            await store.AppendAsync(1, (i * 100) + 1, 100, bytes: 1_000).ConfigureAwait(false);
            long below = (i * 100) + 51;
            await store.CommitAsync(commit => commit.Trims.Add(new StoreTrim(1, 0, below))).ConfigureAwait(false);
            await store.Store.MaintainAsync(idle: true).ConfigureAwait(false);

            await store.ExpectNumbersAsync(Given.Numbers(below, (i * 100) + 100), 1, below).ConfigureAwait(false);
        }
    }

    private static async Task Trim_OfOneLog_HidesNothingOfAnother(StoreUnderTest store)
    {
        await AppendToTwoLogsAsync(store).ConfigureAwait(false);

        await store.CommitAsync(commit => commit.Trims.Add(new StoreTrim(1, 0, 6_001))).ConfigureAwait(false);
        await store.Store.MaintainAsync(idle: true).ConfigureAwait(false);

        await store.ExpectNumbersAsync(Given.Numbers(1, 60), 2, 1).ConfigureAwait(false);
        await store.ExpectNumbersAsync([], 1, 6_001).ConfigureAwait(false);
    }

    private static async Task Trim_ThenAppend_GoesOnBehind(StoreUnderTest store)
    {
        await store.AppendAsync(1, 1, 10).ConfigureAwait(false);
        await store.CommitAsync(commit => commit.Trims.Add(new StoreTrim(1, 0, 11))).ConfigureAwait(false);

        await store.AppendAsync(1, 11, 5).ConfigureAwait(false);

        await store.ExpectNumbersAsync(Given.Numbers(11, 15), 1, 11).ConfigureAwait(false);
    }

    private static async Task Trim_RangeAboveTheFloor_HidesNothingElse(StoreUnderTest store, int bytes)
    {
        for (int i = 0; i < 60; i++)
        {
            await store.AppendAsync(1, (i * 100) + 1, 100, bytes).ConfigureAwait(false);
        }

        await store.CommitAsync(commit => commit.Trims.AddRange([new StoreTrim(1, 101, 2_001), new StoreTrim(1, 2_002, 5_001)])).ConfigureAwait(false);
        await store.MaintainAsync().ConfigureAwait(false);

        await ExpectLiveAsync(store, [.. Given.Numbers(1, 100), 2_001, .. Given.Numbers(5_001, 6_000)], bytes).ConfigureAwait(false);
        await store.AppendAsync(1, 6_001, 10, bytes).ConfigureAwait(false);
        await store.ReopenAsync().ConfigureAwait(false);
        await ExpectLiveAsync(store, [.. Given.Numbers(1, 100), 2_001, .. Given.Numbers(5_001, 6_010)], bytes).ConfigureAwait(false);
    }

    private static async Task Trim_ToldAgain_ChangesNothing(StoreUnderTest store, bool reopened)
    {
        StoreTrim[] trims = [.. Enumerable.Range(0, 60).Select(i => new StoreTrim(1, (i * 100) + 2, (i * 100) + 101))];
        for (int i = 0; i < 60; i++)
        {
            await store.AppendAsync(1, (i * 100) + 1, 100, bytes: 1_000).ConfigureAwait(false);
        }

        List<long> live = [.. Enumerable.Range(0, 60).Select(i => (i * 100) + 1L)];
        for (int round = 0; round < 3; round++)
        {
            await store.CommitAsync(commit => commit.Trims.AddRange(trims)).ConfigureAwait(false);
            await store.MaintainAsync().ConfigureAwait(false);
            await ExpectLiveAsync(store, live, 1_000).ConfigureAwait(false);
            if (reopened)
            {
                await store.ReopenAsync().ConfigureAwait(false);
            }
        }

        await store.AppendAsync(1, 6_001, 100, bytes: 1_000).ConfigureAwait(false);
        await ExpectLiveAsync(store, [.. live, .. Given.Numbers(6_001, 6_100)], 1_000).ConfigureAwait(false);
    }

    private static async Task Trim_OverlappingRangesInAnyOrder_AreOneRange(StoreUnderTest store)
    {
        await store.AppendAsync(1, 1, 100).ConfigureAwait(false);

        await store.CommitAsync(commit => commit.Trims.AddRange(
            [new StoreTrim(1, 50, 80), new StoreTrim(1, 10, 20), new StoreTrim(1, 15, 60), new StoreTrim(1, 30, 30), new StoreTrim(1, 70, 40)])).ConfigureAwait(false);
        await store.MaintainAsync().ConfigureAwait(false);

        await ExpectLiveAsync(store, [.. Given.Numbers(1, 9), .. Given.Numbers(80, 100)], 10).ConfigureAwait(false);
    }

    private static async Task Trim_OfTheLastRecords_GivesTheirNumbersToNobody(StoreUnderTest store)
    {
        await store.AppendAsync(1, 1, 100, bytes: 1_000).ConfigureAwait(false);
        await store.CommitAsync(commit => commit.Trims.Add(new StoreTrim(1, 51, 101))).ConfigureAwait(false);
        await store.MaintainAsync().ConfigureAwait(false);

        await store.AppendAsync(1, 101, 5, bytes: 1_000).ConfigureAwait(false);

        await ExpectLiveAsync(store, [.. Given.Numbers(1, 50), .. Given.Numbers(101, 105)], 1_000).ConfigureAwait(false);
        StoreContents contents = await store.ReopenAsync().ConfigureAwait(false);
        Expect.Equal(105, contents.LastSequences.GetValueOrDefault(1), "the last sequence number of log 1");
    }

    private static async Task Trim_FloorPassesTrimmedRanges_ReadsGoOnBehindIt(StoreUnderTest store)
    {
        await AppendToTwoLogsAsync(store).ConfigureAwait(false);

        await store.CommitAsync(commit => commit.Trims.AddRange(
            Enumerable.Range(0, 3_000).Select(i => new StoreTrim(1, (2 * i) + 1, (2 * i) + 2)))).ConfigureAwait(false);
        await store.MaintainAsync().ConfigureAwait(false);
        for (long floor = 1_000; floor < 6_000; floor += 1_000)
        {
            await store.CommitAsync(commit => commit.Trims.Add(new StoreTrim(1, 0, floor + 1))).ConfigureAwait(false);
            await store.MaintainAsync().ConfigureAwait(false);
            await ExpectLiveAsync(store, [.. Given.Numbers(floor + 1, 6_000).Where(number => number % 2 == 0)], 1_000, first: floor + 1).ConfigureAwait(false);
        }

        await store.ExpectNumbersAsync(Given.Numbers(1, 60), 2, 1).ConfigureAwait(false);
    }

    private static async Task Read_BesideTrimsAndUpkeep_MissesNothingLive(StoreUnderTest store)
    {
        const int rounds = 120;
        long held = 0;
        int[] misses = await Readers.WhileAsync(
            async () =>
            {
                for (int i = 0; i < rounds; i++)
                {
                    int start = i * 100;
                    await store.AppendAsync(1, start + 1, 100, bytes: 1_000).ConfigureAwait(false);
                    await store.CommitAsync(commit => commit.Trims.Add(new StoreTrim(1, start + 2, start + 101))).ConfigureAwait(false);
                    Volatile.Write(ref held, i + 1);
                    await store.Store.MaintainAsync(idle: i % 3 == 0).ConfigureAwait(false);
                }
            },
            (reader, done) => CountMissesAsync(store, reader, () => Volatile.Read(ref held), done)).ConfigureAwait(false);

        Expect.Equal(0, misses.Sum(), "the number of live records that reads have missed");
    }

    private static async Task AppendToTwoLogsAsync(StoreUnderTest store)
    {
        for (int i = 0; i < 60; i++)
        {
            await store.AppendAsync(1, (i * 100) + 1, 100, bytes: 1_000).ConfigureAwait(false);
            await store.AppendAsync(2, i + 1, 1).ConfigureAwait(false);
        }
    }

    // Of what is trimmed some may still be there.
    private static async Task ExpectLiveAsync(StoreUnderTest store, List<long> live, int bytes, long first = 1)
    {
        for (int step = 1; step <= 1_000; step *= 10)
        {
            var found = new List<StoreRecord>();
            for (long next = first; next <= live[^1]; next = found[^1].Sequence + 1)
            {
                int before = found.Count;
                found.AddRange(await store.ReadAsync(1, next, step).ConfigureAwait(false));
                Expect.That(
                    found.Count > before && found[^1].Sequence >= next,
                    $"what is read from {next} on",
                    $"one record at least, since {live[^1]} is there",
                    found.Count > before ? $"record {found[^1].Sequence}" : "none");
            }

            long[] numbers = [.. found.Select(record => record.Sequence)];
            Expect.Ascending(numbers, $"the records read by {step}");
            Expect.Empty(live.Except(numbers), $"the live records that are missing among those read by {step}");
            Expect.OwnBytes(1, bytes, found);
        }
    }

    // Every hundredth record from the first on is held for good.
    private static async Task<int> CountMissesAsync(StoreUnderTest store, int reader, Func<long> held, CancellationToken done)
    {
        int misses = 0;
        while (!done.IsCancellationRequested)
        {
            long known = held();
            var live = new HashSet<long>();
            for (long next = 1; next <= ((known - 1) * 100) + 1;)
            {
                List<StoreRecord> records = await store.ReadAsync(1, next, maxRecords: 1 + (reader * 7)).ConfigureAwait(false);
                if (records.Count == 0 || records[^1].Sequence < next)
                {
                    // The last one is held: a read that gives nothing has missed it.
                    return misses + 1;
                }

                live.UnionWith(records.Select(record => record.Sequence));
                next = records[^1].Sequence + 1;
            }

            misses += (int)Enumerable.Range(0, (int)known).Count(i => !live.Contains((i * 100) + 1));
        }

        return misses;
    }
}
