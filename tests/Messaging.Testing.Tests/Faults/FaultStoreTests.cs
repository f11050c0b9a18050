using Messaging.Storage;
using Messaging.Testing.Faults;
using Messaging.Testing.Stores;
using Messaging.Testing.Tests.Stores;

namespace Messaging.Testing.Tests.Faults;

public sealed class FaultStoreTests
{
    private readonly FaultPlan _plan = new();
    private readonly SimulatedDisk _disk = new();
    private readonly VirtualTime _time = new();

    [Theory]
    [InlineData(StoreOperation.Open)]
    [InlineData(StoreOperation.Commit)]
    [InlineData(StoreOperation.Read)]
    [InlineData(StoreOperation.ReadScheduled)]
    [InlineData(StoreOperation.Maintain)]
    [InlineData(StoreOperation.Backup)]
    public async Task Fail_OfAnyOperation_DoesNothingAndCanBeTriedAgain(StoreOperation operation)
    {
        FaultStore store = operation == StoreOperation.Open ? Create() : await OpenAsync();
        FaultRule rule = _plan.On(operation).Nth(1).Fail();

        StoreException exception = (await store.Awaiting(s => CallAsync(s, operation)).Should().ThrowExactlyAsync<StoreException>()).Which;

        exception.MustReopen.Should().BeFalse();
        exception.Message.Should().Be($"'simulated disk 1' failed on command, and nothing was done: {rule}.");
        _disk.VolatileCommits.Should().Be(0);
        Func<Task> again = () => CallAsync(store, operation);
        if (operation == StoreOperation.Backup)
        {
            await again.Should().ThrowAsync<NotSupportedException>("the store behind is asked now");
        }
        else
        {
            await again();
        }

        store.Count(operation).Should().Be(2);
        _plan.VerifyAllHit();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task FailUnknown_OfACommit_StopsCommitsUntilReopening(bool stored)
    {
        FaultStore store = await OpenAsync();
        await store.AppendAsync(Durability.Power, 1);
        _plan.On(StoreOperation.Commit).Nth(1).FailUnknown(stored);

        await store.Awaiting(s => s.AppendAsync(Durability.Power, 2)).Should().ThrowAsync<StoreOutcomeUnknownException>();

        StoreException later = (await store.Awaiting(s => s.AppendAsync(Durability.Power, 3)).Should().ThrowExactlyAsync<StoreException>()).Which;
        later.MustReopen.Should().BeTrue();
        (await store.ReadAsync()).Should().Equal(stored ? [1, 2] : [1]);
        await store.DisposeAsync();
        store = await OpenAsync();
        (await store.ReadAsync()).Should().Equal(stored ? [1, 2] : [1]);
        await store.AppendAsync(Durability.Power, 3);
    }

    [Theory]
    [InlineData(StoreOperation.Open)]
    [InlineData(StoreOperation.Commit)]
    [InlineData(StoreOperation.Read)]
    [InlineData(StoreOperation.ReadScheduled)]
    [InlineData(StoreOperation.Maintain)]
    public async Task Delay_OfAnyOperation_EndsAtItsTime(StoreOperation operation)
    {
        FaultStore store = operation == StoreOperation.Open ? Create() : await OpenAsync();
        _plan.On(operation).Nth(1).Delay(TimeSpan.FromSeconds(2));
        _plan.On(operation).Nth(1).Delay(TimeSpan.FromSeconds(1));

        Task call = CallAsync(store, operation);

        _time.Advance(TimeSpan.FromSeconds(3) - TimeSpan.FromMilliseconds(1));
        call.IsCompleted.Should().BeFalse();
        _disk.VolatileCommits.Should().Be(0);
        _time.Advance(TimeSpan.FromMilliseconds(1));
        await call;
    }

    [Fact]
    public async Task Delay_WaitGiven_IsTheOnlyThingThatWaits()
    {
        var waited = new List<TimeSpan>();
        var store = new FaultStore(_disk.CreateStore(), _plan)
        {
            Wait = by =>
            {
                waited.Add(by);
                return ValueTask.CompletedTask;
            },
        };
        _plan.On(StoreOperation.Open).Delay(TimeSpan.FromHours(1));

        await store.OpenAsync();

        waited.Should().Equal(TimeSpan.FromHours(1));
    }

    [Fact]
    public async Task Delay_ThenFail_FailsAfterTheDelay()
    {
        FaultStore store = await OpenAsync();
        _plan.On(StoreOperation.Commit).Nth(1).Fail();
        _plan.On(StoreOperation.Commit).Nth(1).Delay(TimeSpan.FromSeconds(1));

        Task commit = store.AppendAsync(Durability.Power, 1);

        commit.IsCompleted.Should().BeFalse();
        _time.Advance(TimeSpan.FromSeconds(1));
        await FluentActions.Awaiting(() => commit).Should().ThrowExactlyAsync<StoreException>();
        (await store.ReadAsync()).Should().BeEmpty();
    }

    [Fact]
    public async Task Duplicate_OfACommit_AddsNothingTwice()
    {
        FaultStore store = await OpenAsync();
        FaultRule twice = _plan.On(StoreOperation.Commit).Duplicate();

        await store.AppendAsync(Durability.Power, 1, 2);
        await store.CommitAsync(Durability.Power, commit =>
        {
            commit.Declared.Add(new StoreEntry(1, StoreEntryKind.Queue, "one"));
            commit.Scheduled.Add(new ScheduledRecord(new MessageId(1, 1), 1, 5, StoreCalls.Text("later")));
            commit.Cursors.Add(new StoreCursor(1, 1, StoreCalls.Text("here")));
        });

        twice.Hits.Should().Be(2);
        (await store.ReadAsync()).Should().Equal(1, 2);
        await store.DisposeAsync();
        StoreContents contents = await _disk.CreateStore().OpenAsync();
        contents.Scheduled.Should().ContainSingle();
        contents.Cursors.Should().ContainSingle();
        contents.Entries.Should().ContainSingle();
    }

    [Fact]
    public async Task Duplicate_SecondCommit_ReachesTheStore()
    {
        var inner = new FaultStore(_disk.CreateStore());
        var store = new FaultStore(inner, _plan);
        _plan.On(StoreOperation.Commit).Nth(1).Duplicate();
        await store.OpenAsync();

        await store.AppendAsync(Durability.Power, 1);
        await store.AppendAsync(Durability.Power, 2);

        inner.Count(StoreOperation.Commit).Should().Be(3);
        store.Count(StoreOperation.Commit).Should().Be(2);
    }

    [Fact]
    public async Task Duplicate_SecondCommitThatLeavesTheStoreInDoubt_ReachesTheCaller()
    {
        FaultPlan behind = new();
        behind.On(StoreOperation.Commit).Nth(2).FailUnknown(stored: true);
        var store = new FaultStore(new FaultStore(_disk.CreateStore(), behind), _plan);
        _plan.On(StoreOperation.Commit).Duplicate();
        await store.OpenAsync();

        await store.Awaiting(s => s.CommitAsync(Durability.Power, commit => commit.Cursors.Add(new StoreCursor(1, 1, default))))
            .Should().ThrowAsync<StoreOutcomeUnknownException>();
    }

    [Fact]
    public async Task Duplicate_OfTheOtherOperations_GivesWhatOneGives()
    {
        foreach (StoreOperation operation in Enum.GetValues<StoreOperation>())
        {
            _plan.On(operation).Duplicate();
        }

        FaultStore store = await OpenAsync();
        await store.AppendAsync(Durability.Power, 1, 2);
        await store.CommitAsync(Durability.Power, commit => commit.Scheduled.Add(new ScheduledRecord(new MessageId(1, 1), 1, 5, default)));

        (await store.ReadAsync()).Should().Equal(1, 2);
        var scheduled = new List<ScheduledRecord>();
        await store.ReadScheduledAsync(5, 10, scheduled);
        scheduled.Should().ContainSingle();
        await store.MaintainAsync(idle: true);
        await store.Awaiting(s => s.BackupAsync("copy")).Should().ThrowAsync<NotSupportedException>();
        _plan.VerifyAllHit();
    }

    [Theory]
    [InlineData(1, new long[] { 1 })]
    [InlineData(2, new long[] { 1 })]
    [InlineData(5, new long[] { 1, 2, 3 })]
    [InlineData(0, new long[0])]
    public async Task Tear_OfARead_GivesTheFirstHalf(int records, long[] expected)
    {
        FaultStore store = await OpenAsync();
        await store.AppendAsync(Durability.Power, [.. Enumerable.Range(1, records).Select(i => (long)i)]);
        _plan.On(StoreOperation.Read).Nth(1).Tear();

        (await store.ReadAsync()).Should().Equal(expected);
        (await store.ReadAsync()).Should().HaveCount(records);
    }

    [Theory]
    [InlineData(false, new long[] { 1 })]
    [InlineData(true, new long[] { 1, 2, 3 })]
    public async Task Tear_OfACommit_CutsTheStoreOffWithinIt(bool isTorn, long[] expected)
    {
        var disk = new SimulatedDisk { IsTorn = isTorn };
        var store = new FaultStore(disk.CreateStore(), _plan, _time);
        await store.OpenAsync();
        await store.AppendAsync(Durability.Power, 1);
        _plan.On(StoreOperation.Commit).Nth(1).Tear();

        await store.Awaiting(s => s.AppendAsync(Durability.Power, 2, 3, 4, 5)).Should().ThrowAsync<StoreOutcomeUnknownException>();

        store.IsSevered.Should().BeTrue();
        await store.Awaiting(s => s.ReadAsync()).Should().ThrowAsync<StoreException>();
        await store.DisposeAsync();
        SimulatedStore after = disk.CreateStore();
        await after.OpenAsync();
        (await after.ReadAsync()).Should().Equal(expected);
    }

    [Fact]
    public async Task Tear_OfACommitOfAnotherStore_StoresNothing()
    {
        var memory = new InMemoryMessageStore();
        var store = new FaultStore(memory, _plan);
        await store.OpenAsync();
        _plan.On(StoreOperation.Commit).Nth(1).Tear();

        await store.Awaiting(s => s.AppendAsync(Durability.Power, 1, 2)).Should().ThrowAsync<StoreOutcomeUnknownException>();

        await store.DisposeAsync();
        await memory.OpenAsync();
        (await memory.ReadAsync()).Should().BeEmpty();
    }

    [Fact]
    public async Task Sever_Store_FailsAtEveryCallAndStillCloses()
    {
        FaultStore store = await OpenAsync();
        await store.AppendAsync(Durability.Power, 1);

        store.Sever();

        await store.Awaiting(s => s.AppendAsync(Durability.Power, 2)).Should().ThrowAsync<StoreOutcomeUnknownException>();
        foreach (StoreOperation operation in Enum.GetValues<StoreOperation>().Where(operation => operation != StoreOperation.Commit))
        {
            StoreException exception = (await store.Awaiting(s => CallAsync(s, operation)).Should().ThrowExactlyAsync<StoreException>()).Which;
            exception.MustReopen.Should().BeTrue();
        }

        store.Count(StoreOperation.Commit).Should().Be(1);
        await store.DisposeAsync();
        (await (await OpenAsync()).ReadAsync()).Should().Equal(1);
    }

    [Fact]
    public async Task Sever_CommitThatIsBeingDelayed_IsNotMadeAndItsOutcomeUnknown()
    {
        FaultStore store = await OpenAsync();
        _plan.On(StoreOperation.Commit).Delay(TimeSpan.FromSeconds(1));
        Task commit = store.AppendAsync(Durability.Power, 1);

        store.Sever();
        _time.Advance(TimeSpan.FromSeconds(1));

        await FluentActions.Awaiting(() => commit).Should().ThrowAsync<StoreOutcomeUnknownException>();
        await store.DisposeAsync();
        (await (await OpenAsync()).ReadAsync()).Should().BeEmpty();
    }

    [Fact]
    public async Task Commit_CancelledBefore_IsNotCounted()
    {
        FaultStore store = await OpenAsync();
        _plan.On(StoreOperation.Commit).Nth(1).Fail();

        await store.Awaiting(s => s.CommitAsync(new StoreCommit(), new CancellationToken(canceled: true)).AsTask())
            .Should().ThrowAsync<OperationCanceledException>();

        store.Count(StoreOperation.Commit).Should().Be(0);
        _plan.Unhit.Should().ContainSingle();
    }

    [Fact]
    public async Task OfLog_NameDeclaredByACommitOrFoundAtOpening_IsKnown()
    {
        FaultStore store = await OpenAsync();
        FaultRule first = _plan.On(StoreOperation.Commit).OfLog("orders").Nth(1).Fail();
        await store.AppendAsync(Durability.Power, 1);

        await store.Awaiting(DeclareAndAppendAsync).Should().ThrowExactlyAsync<StoreException>();

        first.Hits.Should().Be(1);
        await DeclareAndAppendAsync(store);
        await store.DisposeAsync();
        store = await OpenAsync();
        _plan.On(StoreOperation.Read).OfLog("orders").Nth(1).Fail();
        (await store.ReadAsync(log: 1)).Should().Equal(1);
        await store.Awaiting(s => s.ReadAsync(log: 4)).Should().ThrowExactlyAsync<StoreException>();

        static Task DeclareAndAppendAsync(FaultStore store) => store.CommitAsync(Durability.Power, commit =>
        {
            commit.Declared.Add(new StoreEntry(4, StoreEntryKind.Queue, "orders"));
            commit.Append(4, 1);
        });
    }

    private FaultStore Create() => new(_disk.CreateStore(), _plan, _time);

    private async Task<FaultStore> OpenAsync()
    {
        FaultStore store = Create();
        await store.OpenAsync();
        return store;
    }

    private static Task CallAsync(FaultStore store, StoreOperation operation) => operation switch
    {
        StoreOperation.Open => store.OpenAsync().AsTask(),
        StoreOperation.Commit => store.AppendAsync(Durability.Process, store.Count(StoreOperation.Commit) + 1),
        StoreOperation.Read => store.ReadAsync(),
        StoreOperation.ReadScheduled => store.ReadScheduledAsync(1, 1, []).AsTask(),
        StoreOperation.Maintain => store.MaintainAsync(idle: true).AsTask(),
        _ => store.BackupAsync("copy").AsTask(),
    };
}
