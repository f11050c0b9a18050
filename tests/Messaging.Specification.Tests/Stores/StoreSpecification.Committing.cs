using Messaging.Storage;

namespace Messaging.Specification.Tests.Stores;

public abstract partial class StoreSpecification
{
    [Fact]
    public async Task Commit_Empty_ChangesNothing()
    {
        await CommitAsync(_ => { });

        StoreContents contents = await ReopenAsync();

        contents.Entries.Should().BeEmpty();
        contents.LastSequences.Should().BeEmpty();
    }

    [Fact]
    public async Task Commit_CancelledBefore_StoresNothing()
    {
        var commit = new StoreCommit();
        commit.Appends.AddRange(Records(1, 1, 1));

        Func<Task> act = () => Store.CommitAsync(commit, new CancellationToken(canceled: true)).AsTask();

        await act.Should().ThrowAsync<OperationCanceledException>();
        (await ReadNumbersAsync(1, 1)).Should().BeEmpty();
    }

    [Fact]
    public async Task Commit_BuffersOfTheCaller_MayBeUsedAgain()
    {
        byte[] record = Text("record");
        byte[] state = Text("state");
        byte[] later = Text("later");
        await CommitAsync(commit =>
        {
            commit.Appends.Add(new StoreAppend(1, 1, record));
            commit.Cursors.Add(new StoreCursor(1, 1, state));
            commit.Scheduled.Add(new ScheduledRecord(Id(1), 1, 5, later));
        });

        record.AsSpan().Clear();
        state.AsSpan().Clear();
        later.AsSpan().Clear();

        Text((await ReadAsync(1, 1))[0].Payload).Should().Be("record");
        Text((await ReadScheduledAsync(5))[0].Payload).Should().Be("later");
        Text((await ReopenAsync()).Cursors.Should().ContainSingle().Which.State).Should().Be("state");
    }

    [Fact]
    public async Task Commit_RecordThatDoesNotFollow_IsRefusedWhole()
    {
        await AppendAsync(1, 1, 5);

        Func<Task> act = () => CommitAsync(commit =>
        {
            commit.Declared.Add(new StoreEntry(9, StoreEntryKind.Queue, "nine"));
            commit.Appends.AddRange(Records(2, 1, 1));
            commit.Appends.AddRange(Records(1, 5, 1));
            commit.Cursors.Add(new StoreCursor(9, 9, Text("nine")));
        });

        await act.Should().ThrowAsync<ArgumentException>();
        (await ReadNumbersAsync(2, 1)).Should().BeEmpty();
        await AppendAsync(1, 6, 1);
        StoreContents contents = await ReopenAsync();
        contents.Entries.Should().BeEmpty();
        contents.Cursors.Should().BeEmpty();
        contents.LastSequences.Should().BeEquivalentTo(new Dictionary<int, long> { [1] = 6 });
    }

    [Fact]
    public async Task Cursor_WrittenAgain_ReplacesTheOneOfTheSameSubscriptionAndLog()
    {
        await CommitAsync(commit => commit.Cursors.AddRange(
            [new StoreCursor(1, 1, Text("a")), new StoreCursor(1, 2, Text("b")), new StoreCursor(300, 1, Text("c"))]));
        await CommitAsync(commit => commit.Cursors.AddRange([new StoreCursor(1, 1, Text("longer")), new StoreCursor(1, 2, default)]));

        StoreContents contents = await ReopenAsync();

        contents.Cursors.Select(cursor => (cursor.Subscription, cursor.Log, Text(cursor.State)))
            .Should().BeEquivalentTo([(1, 1, "longer"), (1, 2, ""), (300, 1, "c")]);
    }

    [Fact]
    public async Task Cursor_NewAndEmptyOrOfTheSameLength_StandsBesideTheOthers()
    {
        await CommitAsync(commit => commit.Cursors.AddRange([new StoreCursor(1, 1, Text("abc")), new StoreCursor(2, 2, Text("def"))]));
        await CommitAsync(commit => commit.Cursors.AddRange([new StoreCursor(3, 3, default), new StoreCursor(1, 1, Text("xyz"))]));

        StoreContents contents = await ReopenAsync();

        contents.Cursors.Select(cursor => (cursor.Subscription, Text(cursor.State))).Should().BeEquivalentTo([(1, "xyz"), (2, "def"), (3, "")]);
    }

    [Fact]
    public async Task Cursors_OfAThousandSubscriptions_AllStay()
    {
        await CommitAsync(commit => commit.Cursors.AddRange(
            Enumerable.Range(1, 1_000).Select(i => new StoreCursor(i, i, Text($"first {i}")))));
        await CommitAsync(commit => commit.Cursors.AddRange(
            Enumerable.Range(1, 1_000).Where(i => i % 100 == 0).Select(i => new StoreCursor(i, i, Text($"second {i}")))));

        StoreContents contents = await ReopenAsync();

        contents.Cursors.Select(cursor => (cursor.Subscription, Text(cursor.State))).Should().BeEquivalentTo(
            Enumerable.Range(1, 1_000).Select(i => (i, i % 100 == 0 ? $"second {i}" : $"first {i}")));
    }

    [Fact]
    public async Task Scheduled_Read_GoesByDueTime()
    {
        await CommitAsync(commit => commit.Scheduled.AddRange(
        [
            new ScheduledRecord(Id(1), 1, 300, Text("third")),
            new ScheduledRecord(Id(2), 1, 100, Text("first")),
            new ScheduledRecord(Id(3), 2, 200, Text("second")),
            new ScheduledRecord(Id(4), 2, 301, Text("fourth")),
        ]));

        (await ReadScheduledAsync(300)).Select(record => (record.MessageId, record.Log, record.DueTicks, Text(record.Payload)))
            .Should().Equal((Id(2), 1, 100, "first"), (Id(3), 2, 200, "second"), (Id(1), 1, 300, "third"));
        (await ReadScheduledAsync(long.MaxValue, 2)).Select(record => record.DueTicks).Should().Equal(100, 200);
        (await ReadScheduledAsync(99)).Should().BeEmpty();
    }

    [Fact]
    public async Task Scheduled_OfOneTime_StayInTheOrderOfTheirComing()
    {
        for (ulong i = 20; i > 0; i--)
        {
            ulong number = i;
            await CommitAsync(commit => commit.Scheduled.Add(new ScheduledRecord(Id(number), 1, 7, default)));
        }

        (await ReadScheduledAsync(7)).Select(record => record.MessageId.High).Should().BeInDescendingOrder();
    }

    [Fact]
    public async Task Unscheduled_Records_AreGone()
    {
        await CommitAsync(commit => commit.Scheduled.AddRange(
            [new ScheduledRecord(Id(1), 1, 1, default), new ScheduledRecord(Id(2), 1, 2, default)]));

        await CommitAsync(commit => commit.Unscheduled.AddRange([Id(1), Id(77)]));

        (await ReadScheduledAsync(10)).Should().ContainSingle().Which.MessageId.Should().Be(Id(2));
    }

    [Fact]
    public async Task MessageIds_BelowTheOrdinal_AreForgotten()
    {
        await CommitAsync(commit => commit.MessageIds.AddRange(
            Enumerable.Range(1, 100).Select(i => new StoreMessageId(i, 3, Id((ulong)i), i * 10))));

        await CommitAsync(commit => commit.ForgetBelow = 91);

        (await ReopenAsync()).MessageIds.Should().Equal(
            Enumerable.Range(91, 10).Select(i => new StoreMessageId(i, 3, Id((ulong)i), i * 10)));
    }

    [Fact]
    public async Task Removed_Log_GoesWithAllThatBelongsToIt()
    {
        await CommitAsync(commit =>
        {
            commit.Declared.AddRange([new StoreEntry(1, StoreEntryKind.Queue, "one"), new StoreEntry(2, StoreEntryKind.Queue, "two")]);
            commit.Appends.AddRange(Records(1, 1, 10));
            commit.Appends.AddRange(Records(2, 1, 10));
            commit.Cursors.AddRange([new StoreCursor(1, 1, Text("1")), new StoreCursor(2, 2, Text("2")), new StoreCursor(2, 1, Text("3"))]);
            commit.Scheduled.AddRange([new ScheduledRecord(Id(1), 1, 1, default), new ScheduledRecord(Id(2), 2, 2, default)]);
        });

        await CommitAsync(commit => commit.Removed.Add(1));

        (await ReadNumbersAsync(1, 1)).Should().BeEmpty();
        (await ReadNumbersAsync(2, 1)).Should().Equal(Numbers(1, 10));
        StoreContents contents = await ReopenAsync();
        contents.Entries.Should().ContainSingle().Which.Name.Should().Be("two");
        contents.Cursors.Should().ContainSingle().Which.Log.Should().Be(2);
        contents.Scheduled.Should().ContainSingle().Which.Log.Should().Be(2);
        contents.LastSequences.Keys.Should().Equal(2);
    }

    [Fact]
    public async Task Removed_Subscription_LosesItsCursorsAndNoRecords()
    {
        await CommitAsync(commit =>
        {
            commit.Declared.AddRange(
                [new StoreEntry(1, StoreEntryKind.Topic, "topic"), new StoreEntry(2, StoreEntryKind.Subscription, "sub", "#")]);
            commit.Appends.AddRange(Records(1, 1, 10));
            commit.Cursors.Add(new StoreCursor(2, 1, Text("2")));
        });

        await CommitAsync(commit => commit.Removed.Add(2));

        StoreContents contents = await ReopenAsync();
        contents.Cursors.Should().BeEmpty();
        (await ReadNumbersAsync(1, 1)).Should().Equal(Numbers(1, 10));
    }

    [Fact]
    public async Task Removed_IdGivenAgain_StartsEmpty()
    {
        for (int round = 0; round < 3; round++)
        {
            for (int i = 0; i < 10; i++)
            {
                await AppendAsync(1, (i * 50) + 1, 50, bytes: 10_000);
                await AppendAsync(2, (round * 10) + i + 1, 1);
            }

            await CommitAsync(commit => commit.Removed.Add(1));
            (await ReadNumbersAsync(1, 1)).Should().BeEmpty();
            await AppendAsync(1, 1, 3);
            (await ReadNumbersAsync(1, 1)).Should().Equal(1, 2, 3);
            (await ReopenAsync()).LastSequences.Should().Contain(1, 3);
            (await ReadNumbersAsync(1, 1)).Should().Equal(1, 2, 3);
            await CommitAsync(commit => commit.Removed.Add(1));
        }

        (await ReadNumbersAsync(2, 1)).Should().Equal(Numbers(1, 30));
    }
}
