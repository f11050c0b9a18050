using Messaging.Sqlite.Connections;
using Messaging.Sqlite.Sessions;
using Messaging.Storage;
using Microsoft.Data.Sqlite;

namespace Messaging.Sqlite.Tests;

public sealed class CommitFailureTests : IDisposable
{
    private readonly StoreFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Commit_NoRoomLeft_StoresNothingAndTheStoreGoesOn()
    {
        await using SqliteMessageStore store = await _folder.OpenAsync(new SqliteStoreOptions { MaxPages = 200 });
        await StoreFolder.AppendAsync(store, 1, 1, 10);

        Func<Task> act = () => StoreFolder.CommitAsync(store, commit =>
        {
            commit.Declared.Add(new StoreEntry(7, StoreEntryKind.Queue, "seven"));
            commit.Cursors.Add(new StoreCursor(7, 7, new byte[10]));
            commit.Appends.AddRange(Enumerable.Range(0, 2_000).Select(i => new StoreAppend(1, 11 + i, new byte[1_000])));
            commit.Trims.Add(new StoreTrim(1, 0, 5));
        });

        (await act.Should().ThrowAsync<StoreException>().WithMessage("*nothing of it was stored*")).Which.Should().BeOfType<StoreException>();
        (await StoreFolder.ReadAsync(store, 1, 1)).Should().HaveCount(10);
        await StoreFolder.AppendAsync(store, 1, 11, 5);
        (await StoreFolder.ReadAsync(store, 1, 1)).Should().HaveCount(15);
        await store.DisposeAsync();
        await using var again = new SqliteMessageStore(_folder.Path);
        StoreContents contents = await again.OpenAsync();
        contents.Entries.Should().BeEmpty();
        contents.Cursors.Should().BeEmpty();
        contents.LastSequences[1].Should().Be(15);
    }

    [Fact]
    public async Task Commit_AfterAFailedOne_IsFoundByReadersThatWereFurther()
    {
        await using SqliteMessageStore store = await _folder.OpenAsync(new SqliteStoreOptions { MaxPages = 200 });
        for (int i = 1; i <= 20; i++)
        {
            await StoreFolder.AppendAsync(store, 1, i, 1);
        }

        (await StoreFolder.ReadAsync(store, 1, 1)).Should().HaveCount(20);
        await StoreFolder.TrimAsync(store, 1, 21);
        Func<Task> act = () => StoreFolder.AppendAsync(store, 2, 1, 2_000, bytes: 1_000);
        await act.Should().ThrowAsync<StoreException>();

        await StoreFolder.AppendAsync(store, 2, 1, 1);
        await StoreFolder.AppendAsync(store, 1, 21, 1);

        (await StoreFolder.ReadAsync(store, 1, 21)).Should().Equal(21);
    }

    [Fact]
    public async Task Commit_AfterAFullFileWasConsumed_HasRoomAgain()
    {
        await using SqliteMessageStore store = await _folder.OpenAsync(new SqliteStoreOptions { MaxPages = 200 });
        long next = 1;
        Func<Task> fill = async () =>
        {
            while (true)
            {
                await StoreFolder.AppendAsync(store, 1, next, 50, bytes: 1_000);
                next += 50;
            }
        };

        await fill.Should().ThrowAsync<StoreException>();
        await StoreFolder.TrimAsync(store, 1, next);
        await store.MaintainAsync(idle: true);

        long stored = next;
        await fill.Should().ThrowAsync<StoreException>();
        next.Should().BeGreaterThan(stored + 100);
    }

    [Fact]
    public async Task Transaction_ThatFailsAtItsEnd_IsUnknownAndStopsAllLaterOnes()
    {
        await _folder.CreateAsync();
        using var database = new Database(_folder.Path, queryOnly: false);
        database.Execute("CREATE TEMP TABLE parent (id INTEGER PRIMARY KEY); PRAGMA foreign_keys=ON");
        database.Execute("CREATE TEMP TABLE child (id INTEGER REFERENCES parent DEFERRABLE INITIALLY DEFERRED)");
        var transaction = new StoreTransaction(_folder.Path, database);

        // A deferred constraint is an error that only COMMIT itself finds.
        Action fails = () => transaction.Run(true, db => db.Execute("INSERT INTO child VALUES (1)"), database, () => { });
        Action later = () => transaction.Run(true, _ => { }, database, () => { });

        fails.Should().Throw<StoreOutcomeUnknownException>().Which.MustReopen.Should().BeTrue();
        later.Should().Throw<StoreException>().WithMessage("*must be opened again*").Which.Should().BeOfType<StoreException>();
    }

    [Theory]
    [InlineData(1034, true)]
    [InlineData(1290, true)]
    [InlineData(778, false)]
    [InlineData(266, false)]
    public async Task Transaction_WhoseWorkMeetsAnError_StopsIfItWasAFailedSync(int code, bool stops)
    {
        await _folder.CreateAsync();
        using var database = new Database(_folder.Path, queryOnly: false);
        var transaction = new StoreTransaction(_folder.Path, database);
        int undone = 0;

        Action fails = () => transaction.Run(true, _ => throw new SqliteException("The disk said no.", 10, code), database, () => undone++);
        Action later = () => transaction.Run(true, _ => { }, database, () => { });

        StoreException error = fails.Should().Throw<StoreException>().WithMessage("*The disk said no*").Which;
        (error.GetType(), error.MustReopen, undone).Should().Be((typeof(StoreException), stops, 1));
        if (stops)
        {
            later.Should().Throw<StoreException>().Which.MustReopen.Should().BeTrue();
        }
        else
        {
            later.Should().NotThrow();
        }
    }

    [Fact]
    public async Task Transaction_Durability_SetsTheSync()
    {
        await _folder.CreateAsync();
        using var database = new Database(_folder.Path, queryOnly: false);
        var transaction = new StoreTransaction(_folder.Path, database);
        foreach (bool powerSafe in new[] { true, false, true, true, false })
        {
            long sync = -1;
            transaction.Run(powerSafe, db => sync = db.Scalar("PRAGMA synchronous"), database, () => { });

            sync.Should().Be(powerSafe ? 2 : 1);
        }
    }
}
