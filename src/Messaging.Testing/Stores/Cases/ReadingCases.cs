using Messaging.Storage;

namespace Messaging.Testing.Stores.Cases;

/// <summary>What reads give, and where they stop.</summary>
internal static class ReadingCases
{
    private const string InOrder = "ReadAsync reads committed records of one log in order, ascending and without gaps but where records were trimmed.";

    private const string Bounds = "StoreRange names the first sequence number wanted, the most records, and the bytes of payload after which to stop.";

    private const string AtLeastOne = "At least one record is added if there is one at or after the first number wanted, whatever its size.";

    private const string Output = "The output receives the records, behind what it holds already.";

    private const string Kept = "The bytes of a record that was read may be kept.";

    private const string Beside = "Reads may come from any thread, at any time between opening and disposing, and see what is committed, whole commits only.";

    public static IEnumerable<StoreCase> All =>
    [
        new(InOrder, Read_AfterCommit_GivesTheBytesInOrder),
        .. from bytes in (int[])[0, 1, 127, 128, 70_000, 1 << 20]
           select new StoreCase(
               InOrder, store => Read_PayloadOfAnySize_ComesBack(store, bytes), name: $"{nameof(Read_PayloadOfAnySize_ComesBack)}(bytes: {bytes})"),
        new(Bounds, Read_FromTheMiddle_StartsThere),
        new(Bounds, Read_BeyondTheEndOrOfAnUnknownLog_GivesNothing),
        new(AtLeastOne, Read_LogThatBeginsLater_StartsAtItsFirstRecord),
        new(Bounds, Read_MaxRecords_IsKept),
        new(Bounds, Read_MaxBytes_StopsThere),
        .. from maxBytes in (int[])[1, 0]
           select new StoreCase(
               AtLeastOne, store => Read_RecordOverMaxBytes_IsGivenAlone(store, maxBytes), name: $"{nameof(Read_RecordOverMaxBytes_IsGivenAlone)}(maxBytes: {maxBytes})"),
        new(Output, Read_OutputThatHoldsSomething_IsAddedTo),
        new(Kept, Read_PayloadIsKept_WhileLaterReadsAndCommitsGoOn),
        new(InOrder, Read_TwoLogsInterleaved_AreApart),
        new(InOrder, Read_MoreThanOneSegment_IsWhole),
        new(Beside, Read_BesideCommits_SeesOnlyWholeCommits),
    ];

    private static async Task Read_AfterCommit_GivesTheBytesInOrder(StoreUnderTest store)
    {
        await store.AppendAsync(1, 1, 100).ConfigureAwait(false);
        await store.AppendAsync(1, 101, 50).ConfigureAwait(false);

        await store.ExpectNumbersAsync(Given.Numbers(1, 150), 1, 1).ConfigureAwait(false);
        Expect.OwnBytes(1, Given.Bytes, await store.ReadAsync(1, 1).ConfigureAwait(false));
    }

    private static async Task Read_PayloadOfAnySize_ComesBack(StoreUnderTest store, int bytes)
    {
        await store.AppendAsync(1, 1, 3, bytes).ConfigureAwait(false);

        await store.ExpectNumbersAsync([1, 2, 3], 1, 1).ConfigureAwait(false);
        Expect.OwnBytes(1, bytes, await store.ReadAsync(1, 1).ConfigureAwait(false));
    }

    private static async Task Read_FromTheMiddle_StartsThere(StoreUnderTest store)
    {
        await store.AppendAsync(1, 1, 100).ConfigureAwait(false);

        await store.ExpectNumbersAsync(Given.Numbers(37, 100), 1, 37).ConfigureAwait(false);
    }

    private static async Task Read_BeyondTheEndOrOfAnUnknownLog_GivesNothing(StoreUnderTest store)
    {
        await store.AppendAsync(1, 1, 5).ConfigureAwait(false);

        await store.ExpectNumbersAsync([], 1, 6).ConfigureAwait(false);
        await store.ExpectNumbersAsync([], 2, 1).ConfigureAwait(false);
    }

    private static async Task Read_LogThatBeginsLater_StartsAtItsFirstRecord(StoreUnderTest store)
    {
        await store.AppendAsync(1, 1_000, 5).ConfigureAwait(false);

        await store.ExpectNumbersAsync(Given.Numbers(1_000, 1_004), 1, 1).ConfigureAwait(false);
    }

    private static async Task Read_MaxRecords_IsKept(StoreUnderTest store)
    {
        await store.AppendAsync(1, 1, 100).ConfigureAwait(false);

        await store.ExpectNumbersAsync(Given.Numbers(11, 17), 1, 11, maxRecords: 7).ConfigureAwait(false);
    }

    private static async Task Read_MaxBytes_StopsThere(StoreUnderTest store)
    {
        await store.AppendAsync(1, 1, 100, bytes: 10).ConfigureAwait(false);

        await store.ExpectNumbersAsync(Given.Numbers(1, 5), 1, 1, maxBytes: 50).ConfigureAwait(false);
    }

    private static async Task Read_RecordOverMaxBytes_IsGivenAlone(StoreUnderTest store, int maxBytes)
    {
        await store.AppendAsync(1, 1, 3, bytes: 100_000).ConfigureAwait(false);

        await store.ExpectNumbersAsync([1], 1, 1, maxBytes: maxBytes).ConfigureAwait(false);
        await store.ExpectNumbersAsync([2], 1, 2, maxBytes: maxBytes).ConfigureAwait(false);
    }

    private static async Task Read_OutputThatHoldsSomething_IsAddedTo(StoreUnderTest store)
    {
        await store.AppendAsync(1, 1, 3).ConfigureAwait(false);
        var output = new List<StoreRecord> { new(99, default) };

        await store.Store.ReadAsync(new StoreRange(1, 1, 2, int.MaxValue), output).ConfigureAwait(false);

        Expect.SameSequence([99, 1, 2], output.Select(record => record.Sequence), "an output that held record 99");
    }

    private static async Task Read_PayloadIsKept_WhileLaterReadsAndCommitsGoOn(StoreUnderTest store)
    {
        await store.AppendAsync(1, 1, 2).ConfigureAwait(false);
        List<StoreRecord> kept = await store.ReadAsync(1, 1).ConfigureAwait(false);

        await store.AppendAsync(1, 3, 1_000).ConfigureAwait(false);
        await store.ReadAsync(1, 2).ConfigureAwait(false);

        Expect.SameSequence([1, 2], kept.Select(record => record.Sequence), "the records that were kept");
        Expect.OwnBytes(1, Given.Bytes, kept);
    }

    private static async Task Read_TwoLogsInterleaved_AreApart(StoreUnderTest store)
    {
        for (int i = 0; i < 10; i++)
        {
            int round = i;
            await store.CommitAsync(commit =>
            {
                for (int n = 1; n <= 20; n++)
                {
                    commit.Appends.AddRange(Given.Records(1, (round * 20) + n, 1));
                    commit.Appends.AddRange(Given.Records(2, (round * 20) + n, 1));
                }
            }).ConfigureAwait(false);
        }

        for (int log = 1; log <= 2; log++)
        {
            await store.ExpectNumbersAsync(Given.Numbers(1, 200), log, 1).ConfigureAwait(false);
            Expect.OwnBytes(log, Given.Bytes, await store.ReadAsync(log, 1).ConfigureAwait(false));
        }
    }

    private static async Task Read_MoreThanOneSegment_IsWhole(StoreUnderTest store)
    {
        for (int i = 0; i < 60; i++)
        {
            await store.AppendAsync(1, (i * 100) + 1, 100, bytes: 2_000).ConfigureAwait(false);
            await store.AppendAsync(2, i + 1, 1).ConfigureAwait(false);
        }

        await store.ExpectNumbersAsync(Given.Numbers(1, 6_000), 1, 1).ConfigureAwait(false);
        await store.ExpectNumbersAsync(Given.Numbers(1, 60), 2, 1).ConfigureAwait(false);
        await store.ExpectNumbersAsync([59, 60], 2, 59).ConfigureAwait(false);
    }

    private static async Task Read_BesideCommits_SeesOnlyWholeCommits(StoreUnderTest store)
    {
        const int commits = 300;
        int[] torn = await Readers.WhileAsync(
            async () =>
            {
                for (int i = 0; i < commits; i++)
                {
                    await store.AppendAsync(1, (i * 10) + 1, 10).ConfigureAwait(false);
                    await store.Store.MaintainAsync(idle: i % 3 == 0).ConfigureAwait(false);
                }
            },
            (_, done) => CountTornReadsAsync(store, done)).ConfigureAwait(false);

        Expect.Equal(0, torn.Sum(), "the number of reads that saw a part of a commit, or a gap");
        await store.ExpectNumbersAsync(Given.Numbers(1, commits * 10), 1, 1).ConfigureAwait(false);
    }

    // A commit appends ten records, so that every read must end at a multiple of ten.
    private static async Task<int> CountTornReadsAsync(StoreUnderTest store, CancellationToken done)
    {
        int torn = 0;
        while (!done.IsCancellationRequested)
        {
            List<long> numbers = await store.ReadNumbersAsync(1, 1).ConfigureAwait(false);
            torn += numbers.Count % 10 != 0 || !numbers.SequenceEqual(Given.Numbers(1, numbers.Count)) ? 1 : 0;
        }

        return torn;
    }
}
