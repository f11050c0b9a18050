using Messaging.Storage;
using Messaging.Testing.Stores;
using static Messaging.Testing.Tests.Stores.StoreCalls;

namespace Messaging.Testing.Tests.Stores;

public sealed class SimulatedDiskTests
{
    private readonly SimulatedDisk _disk = new(7);

    [Theory]
    [InlineData(Durability.Memory)]
    [InlineData(Durability.Process)]
    [InlineData(Durability.Power)]
    public async Task Crash_CommitsOfAnyDurability_Stay(Durability durability)
    {
        SimulatedStore store = await OpenAsync();
        await store.AppendAsync(durability, 1, 2);

        _disk.Crash();

        (await (await OpenAsync()).ReadAsync()).Should().Equal(1, 2);
    }

    [Fact]
    public async Task Crash_StoreThatWasOpen_FailsAtEveryCallAndChangesNothing()
    {
        SimulatedStore dead = await OpenAsync();
        await dead.AppendAsync(Durability.Power, 1);
        _disk.Crash();
        SimulatedStore store = await OpenAsync();

        (await dead.Invoking(_ => dead.AppendAsync(Durability.Power, 2)).Should().ThrowAsync<StoreOutcomeUnknownException>())
            .WithMessage("'simulated disk 7' is gone for this store*");
        foreach (Func<Task> call in (Func<Task>[])
            [
                () => dead.CommitAsync(new StoreCommit { Closing = true }).AsTask(),
                () => dead.ReadAsync(),
                () => dead.ReadScheduledAsync(1, 1, []).AsTask(),
                () => dead.MaintainAsync(idle: true).AsTask(),
            ])
        {
            (await call.Should().ThrowAsync<StoreException>()).Which.MustReopen.Should().BeTrue();
        }

        await dead.DisposeAsync();
        (await store.ReadAsync()).Should().Equal(1);
        await _disk.Invoking(disk => disk.CreateStore().OpenAsync().AsTask()).Should().ThrowAsync<StoreInUseException>("the dead one closes only itself");
        await store.DisposeAsync();
        (await _disk.CreateStore().OpenAsync()).ClosedCleanly.Should().BeFalse();
    }

    [Fact]
    public async Task CutPower_CommitThatAskedForIt_StaysWithAllBeforeIt()
    {
        SimulatedStore store = await OpenAsync();
        await store.AppendAsync(Durability.Process, 1);
        await store.AppendAsync(Durability.Memory, 2);
        await store.AppendAsync(Durability.Power, 3);
        await store.AppendAsync(Durability.Process, 4);
        await store.AppendAsync(Durability.Process, 5);
        _disk.VolatileCommits.Should().Be(2);

        _disk.CutPower(0).Should().Be(2);

        (await (await OpenAsync()).ReadAsync()).Should().Equal(1, 2, 3);
    }

    [Theory]
    [InlineData(1, 2)]
    [InlineData(2, 1)]
    [InlineData(3, 0)]
    [InlineData(9, 0)]
    public async Task CutPower_SomeAreKept_TheyAreTheFirst(int kept, int lost)
    {
        SimulatedStore store = await OpenAsync();
        await store.AppendAsync(Durability.Process, 1);
        await store.AppendAsync(Durability.Process, 2);
        await store.AppendAsync(Durability.Process, 3);

        _disk.CutPower(kept).Should().Be(lost);

        (await (await OpenAsync()).ReadAsync()).Should().Equal(Enumerable.Range(1, 3 - lost).Select(i => (long)i));
    }

    [Fact]
    public async Task CutPower_EveryPartOfACommit_GoesWithIt()
    {
        SimulatedStore store = await OpenAsync();
        await store.CommitAsync(Durability.Power, Fill);
        _disk.Crash();
        store = _disk.CreateStore();
        StoreContents before = await store.OpenAsync();
        await store.CommitAsync(Durability.Process, commit =>
        {
            commit.Declared.Add(new StoreEntry(2, StoreEntryKind.Topic, "two"));
            commit.Appends.Add(new StoreAppend(2, 1, Text("of two")));
            commit.Cursors.Add(new StoreCursor(1, Log, Text("moved")));
            commit.Trims.Add(new StoreTrim(Log, 0, 2));
            commit.Unscheduled.Add(new MessageId(1, 1));
            commit.Scheduled.Add(new ScheduledRecord(new MessageId(2, 2), Log, 5, Text("sooner")));
            commit.MessageIds.Add(new StoreMessageId(2, Log, new MessageId(4, 4), 1));
            commit.ForgetBelow = 2;
        });
        await store.CommitAsync(Durability.Process, commit => commit.Removed.Add(1));

        _disk.CutPower(0);

        StoreContents after = await (store = _disk.CreateStore()).OpenAsync();
        after.Should().BeEquivalentTo(before, contents => contents.Excluding(c => c.Epoch).Excluding(c => c.Cursors));
        after.Cursors.Select(cursor => Text(cursor.State)).Should().Equal("here");
        (await store.ReadAsync()).Should().Equal(1, 2);

        static void Fill(StoreCommit commit)
        {
            commit.Declared.Add(new StoreEntry(1, StoreEntryKind.Queue, "one"));
            commit.Appends.AddRange([new StoreAppend(Log, 1, Text("a")), new StoreAppend(Log, 2, Text("b"))]);
            commit.Cursors.Add(new StoreCursor(1, Log, Text("here")));
            commit.Scheduled.Add(new ScheduledRecord(new MessageId(1, 1), Log, 10, Text("later")));
            commit.MessageIds.Add(new StoreMessageId(1, Log, new MessageId(3, 3), 1));
        }
    }

    [Fact]
    public async Task CutPower_BuffersOfTheCallerUsedAgain_KeepsWhatWasCommitted()
    {
        SimulatedStore store = await OpenAsync();
        byte[] payload = Text("mine");
        var commit = new StoreCommit { Durability = Durability.Process };
        commit.Appends.Add(new StoreAppend(Log, 1, payload));
        await store.CommitAsync(commit);
        payload.AsSpan().Clear();
        commit.Clear();
        await store.AppendAsync(Durability.Process, 2);

        _disk.CutPower(1);

        var records = new List<StoreRecord>();
        await (await OpenAsync()).ReadAsync(new StoreRange(Log, 1, 10, 1_000), records);
        records.Should().ContainSingle().Which.Payload.ToArray().Should().Equal(Text("mine"));
    }

    [Fact]
    public async Task CutPower_AfterAnOpening_EpochIsNeverGivenTwice()
    {
        for (uint epoch = 1; epoch <= 5; epoch++)
        {
            StoreContents contents = await _disk.CreateStore().OpenAsync();
            contents.Epoch.Should().Be(epoch);
            contents.StoreId.Should().Be(7);
            contents.ClosedCleanly.Should().Be(epoch == 1);
            _disk.CutPower(0);
        }
    }

    [Fact]
    public async Task Open_AfterACrash_SyncsWhatWasVolatile()
    {
        SimulatedStore store = await OpenAsync();
        await store.AppendAsync(Durability.Process, 1);
        _disk.Crash();
        await OpenAsync();

        _disk.CutPower(0).Should().Be(0);

        (await (await OpenAsync()).ReadAsync()).Should().Equal(1);
    }

    [Theory]
    [InlineData(false, false, 1)]
    [InlineData(true, false, 1)]
    [InlineData(true, true, 0)]
    [InlineData(false, true, 1)]
    public async Task Maintain_DiskThatSyncsWhenIdle_LeavesNothingVolatile(bool syncs, bool idle, int left)
    {
        var disk = new SimulatedDisk { SyncsWhenIdle = syncs };
        SimulatedStore store = disk.CreateStore();
        await store.OpenAsync();
        await store.AppendAsync(Durability.Process, 1);

        await store.MaintainAsync(idle);

        disk.VolatileCommits.Should().Be(left);
    }

    [Fact]
    public async Task Sync_VolatileCommits_AreKeptFromThenOn()
    {
        SimulatedStore store = await OpenAsync();
        await store.AppendAsync(Durability.Process, 1);
        _disk.Sync();
        await store.AppendAsync(Durability.Process, 2);

        _disk.CutPower(0).Should().Be(1);

        (await (await OpenAsync()).ReadAsync()).Should().Equal(1);
    }

    [Fact]
    public async Task CutPower_OfChance_KeepsNothingSomeAndAllAndTheSameForTheSameSeed()
    {
        const int commits = 10;
        int[] lost = await Task.WhenAll(Enumerable.Range(0, 300).Select(LoseAsync));
        int[] again = await Task.WhenAll(Enumerable.Range(0, 300).Select(LoseAsync));

        lost.Should().Equal(again);
        lost.Count(n => n == 0).Should().BeInRange(60, 140);
        lost.Count(n => n == commits).Should().BeInRange(60, 160, "the first commits may be none too");
        lost.Distinct().Should().HaveCount(commits + 1);

        async Task<int> LoseAsync(int seed)
        {
            var disk = new SimulatedDisk();
            SimulatedStore store = disk.CreateStore();
            await store.OpenAsync();
            for (int i = 1; i <= commits; i++)
            {
                await store.AppendAsync(Durability.Process, i);
            }

            int gone = disk.CutPower(new Random(seed));
            await (store = disk.CreateStore()).OpenAsync();
            (await store.ReadAsync()).Should().Equal(Enumerable.Range(1, commits - gone).Select(i => (long)i));
            return gone;
        }
    }

    [Fact]
    public async Task CutPower_DiskThatDropsSyncs_LosesWhatIsPromised()
    {
        var disk = new SimulatedDisk { DropsSyncs = true };
        SimulatedStore store = disk.CreateStore();
        await store.OpenAsync();
        await store.AppendAsync(Durability.Power, 1);

        disk.CutPower(0).Should().Be(1);

        await (store = disk.CreateStore()).OpenAsync();
        (await store.ReadAsync()).Should().BeEmpty();
    }

    [Fact]
    public async Task CutPower_DiskThatTears_KeepsHalfOfTheCommitBehind()
    {
        var disk = new SimulatedDisk { IsTorn = true };
        SimulatedStore store = disk.CreateStore();
        await store.OpenAsync();
        await store.AppendAsync(Durability.Process, 1, 2);
        await store.AppendAsync(Durability.Process, 3, 4);

        disk.CutPower(1);

        await (store = disk.CreateStore()).OpenAsync();
        (await store.ReadAsync()).Should().Equal(1, 2, 3);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Tear_OfACommit_ShowsAPartOnlyOnADiskThatTears(bool isTorn)
    {
        var disk = new SimulatedDisk { IsTorn = isTorn };
        SimulatedStore store = disk.CreateStore();
        await store.OpenAsync();
        var commit = new StoreCommit { Durability = Durability.Power };
        commit.Appends.AddRange([new StoreAppend(Log, 1, Text("a")), new StoreAppend(Log, 2, Text("b"))]);

        ((ITearableStore)store).Tear(commit);

        await store.Awaiting(s => s.CommitAsync(commit)).Should().ThrowAsync<StoreOutcomeUnknownException>();
        await (store = disk.CreateStore()).OpenAsync();
        (await store.ReadAsync()).Should().Equal(isTorn ? [1] : []);
    }

    private async Task<SimulatedStore> OpenAsync()
    {
        SimulatedStore store = _disk.CreateStore();
        await store.OpenAsync();
        return store;
    }
}
