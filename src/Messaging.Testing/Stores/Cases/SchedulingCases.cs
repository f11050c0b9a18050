using Messaging.Storage;

namespace Messaging.Testing.Stores.Cases;

/// <summary>What becomes of scheduled records.</summary>
internal static class SchedulingCases
{
    private const string ByDueTime = "ReadScheduledAsync reads scheduled records in the order of their due times, to the latest one wanted, inclusive, "
        + "and no more than wanted.";

    private const string Unscheduling = "Unscheduled names the ids of the scheduled records that go.";

    public static IEnumerable<StoreCase> All =>
    [
        new(ByDueTime, Scheduled_Read_GoesByDueTime),
        new(ByDueTime, Scheduled_OfOneTime_StayInTheOrderOfTheirComing),
        new(Unscheduling, Unscheduled_Records_AreGone),
    ];

    private static async Task Scheduled_Read_GoesByDueTime(StoreUnderTest store)
    {
        await store.CommitAsync(commit => commit.Scheduled.AddRange(
        [
            new ScheduledRecord(Given.Id(1), 1, 300, Given.Text("third")),
            new ScheduledRecord(Given.Id(2), 1, 100, Given.Text("first")),
            new ScheduledRecord(Given.Id(3), 2, 200, Given.Text("second")),
            new ScheduledRecord(Given.Id(4), 2, 301, Given.Text("fourth")),
        ])).ConfigureAwait(false);

        Expect.SameSequence(
            [(Given.Id(2), 1, 100, "first"), (Given.Id(3), 2, 200, "second"), (Given.Id(1), 1, 300, "third")],
            (await store.ReadScheduledAsync(300).ConfigureAwait(false))
                .Select(record => (record.MessageId, record.Log, record.DueTicks, Given.Text(record.Payload))),
            "the records due at 300 (id, log, due, payload)");
        Expect.SameSequence(
            [100, 200],
            (await store.ReadScheduledAsync(long.MaxValue, 2).ConfigureAwait(false)).Select(record => record.DueTicks),
            "the due times of the first two");
        Expect.Empty((await store.ReadScheduledAsync(99).ConfigureAwait(false)).Select(record => record.DueTicks), "what is due at 99");
    }

    private static async Task Scheduled_OfOneTime_StayInTheOrderOfTheirComing(StoreUnderTest store)
    {
        for (ulong i = 20; i > 0; i--)
        {
            ulong number = i;
            await store.CommitAsync(commit => commit.Scheduled.Add(new ScheduledRecord(Given.Id(number), 1, 7, default))).ConfigureAwait(false);
        }

        Expect.SameSequence(
            Given.Numbers(1, 20).Reverse(),
            (await store.ReadScheduledAsync(7).ConfigureAwait(false)).Select(record => (long)record.MessageId.High),
            "the records that came in the order from 20 to 1");
    }

    private static async Task Unscheduled_Records_AreGone(StoreUnderTest store)
    {
        await store.CommitAsync(commit => commit.Scheduled.AddRange(
            [new ScheduledRecord(Given.Id(1), 1, 1, default), new ScheduledRecord(Given.Id(2), 1, 2, default)])).ConfigureAwait(false);

        await store.CommitAsync(commit => commit.Unscheduled.AddRange([Given.Id(1), Given.Id(77)])).ConfigureAwait(false);

        Expect.SameSequence(
            [Given.Id(2)], (await store.ReadScheduledAsync(10).ConfigureAwait(false)).Select(record => record.MessageId), "the scheduled records that are left");
    }
}
