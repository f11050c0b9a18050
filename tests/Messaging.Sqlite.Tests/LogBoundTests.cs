using Messaging.Sqlite.Connections;
using Messaging.Sqlite.Sessions;
using Messaging.Storage;

namespace Messaging.Sqlite.Tests;

/// <summary>The write-ahead log's file never grows over its cap, whoever reads and however large the commits are.</summary>
public sealed class LogBoundTests : IDisposable
{
    private const long MiB = 1 << 20;

    private readonly StoreFolder _folder = new();
    private long _most;

    private long LogLength => new FileInfo(_folder.Path + "-wal").Length;

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Log_UnderLargeBodiesAndManyReaders_StaysUnderItsCap(bool maintains)
    {
        await using SqliteMessageStore store = await _folder.OpenAsync();
        await CommitAsync(store, 1, maintains);
        using var stop = new CancellationTokenSource();
        Task[] readers = [.. Enumerable.Range(0, 3).Select(_ => Task.Run(() => ReadOnAsync(store, stop.Token)))];
        for (int i = 2; i <= 80; i++)
        {
            await CommitAsync(store, i, maintains);
        }

        await stop.CancelAsync();
        await Task.WhenAll(readers);
        _most.Should().BeLessThanOrEqualTo(Checkpointer.CapBytes).And.BeGreaterThan(3 * MiB);
    }

    [Fact]
    public async Task Log_AfterOneCommitOverItsCap_IsCutOffAtOnce()
    {
        await using SqliteMessageStore store = await _folder.OpenAsync();
        await CommitAsync(store, 1, maintains: true);

        await StoreFolder.AppendAsync(store, 1, 1_000, 1, bytes: 80 << 20);

        LogLength.Should().BeInRange(80 * MiB, 82 * MiB, "one message is written whole, to an empty log");
        await store.MaintainAsync(idle: false);
        LogLength.Should().Be(0);
    }

    [Fact]
    public async Task Log_PinnedByAnotherProgram_RefusesAtItsCapAndGoesOnAfterwards()
    {
        await using SqliteMessageStore store = await _folder.OpenAsync();
        await CommitAsync(store, 1, maintains: true);
        int number = 1;
        using (var other = new Database(_folder.Path, queryOnly: true))
        {
            other.Execute("BEGIN");
            other.Scalar("SELECT count(*) FROM meta");
            Func<Task> fill = async () =>
            {
                while (true)
                {
                    await CommitAsync(store, number + 1, maintains: true);
                    number++;
                }
            };

            (await fill.Should().ThrowAsync<StoreException>().WithMessage("*write-ahead log is at its limit*another program*"))
                .Which.MustReopen.Should().BeFalse();
            other.Execute("COMMIT");
        }

        number.Should().BeGreaterThan(10);
        _most.Should().BeLessThanOrEqualTo(Checkpointer.CapBytes);
        await CommitAsync(store, number + 1, maintains: true);
        (await StoreFolder.ReadAsync(store, 1, (number * 40) + 1)).Should().HaveCount(40);
    }

    // A commit of four mebibytes, which is as much as the engine puts into one, and the trim of what came some commits before.
    private async Task CommitAsync(SqliteMessageStore store, int number, bool maintains)
    {
        await StoreFolder.CommitAsync(store, commit =>
        {
            commit.Appends.AddRange(Enumerable.Range(0, 40).Select(i => new StoreAppend(1, ((number - 1) * 40) + i + 1, new byte[100_000])));
            commit.Trims.Add(new StoreTrim(1, 0, Math.Max(1, (number - 10) * 40)));
        });
        _most = Math.Max(_most, LogLength);
        if (maintains)
        {
            await store.MaintainAsync(idle: false);
            _most = Math.Max(_most, LogLength);
        }
    }

    private static async Task ReadOnAsync(SqliteMessageStore store, CancellationToken cancellationToken)
    {
        var records = new List<StoreRecord>();
        long next = 1;
        while (!cancellationToken.IsCancellationRequested)
        {
            records.Clear();
            await store.ReadAsync(new StoreRange(1, next, 1_024, 1 << 20), records, CancellationToken.None);
            next = records.Count > 0 ? records[^1].Sequence + 1 : 1;
        }
    }
}
