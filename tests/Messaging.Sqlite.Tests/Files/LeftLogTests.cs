using System.Buffers.Binary;
using Messaging.Sqlite.Batches;
using Messaging.Sqlite.Connections;
using Messaging.Sqlite.Diagnostics;
using Messaging.Sqlite.Files;
using Messaging.Sqlite.Format;
using Messaging.Sqlite.Sessions;
using Messaging.Sqlite.Tables;
using Messaging.Storage;
using Messaging.Writing;

namespace Messaging.Sqlite.Tests.Files;

public sealed class LeftLogTests : IDisposable
{
    private const int Header = 32;
    private const int Frame = 24 + (int)FilePage.Size;

    private readonly StoreFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    /// <summary>The epoch's commit goes over the beginning of what the power cut left, and with it over the mark of a commit that confirmed nothing.</summary>
    [Fact]
    public async Task CountLost_OfALogThatAnOpeningWentOnWithAfterAPowerCut_CountsNothing()
    {
        await WriteLogAsync(async store =>
        {
            await StoreFolder.AppendAsync(store, 1, 1, 10);
            for (int i = 1; i <= 4; i++)
            {
                byte[] cursor = new byte[8_000];
                cursor.AsSpan().Fill((byte)i);
                await StoreFolder.CommitAsync(store, commit => commit.Cursors.Add(new StoreCursor(1, 1, cursor)));
            }
        });
        byte[] file = await File.ReadAllBytesAsync(Left);
        byte[] log = await File.ReadAllBytesAsync(Left + "-wal");

        for (int torn = EndOfFirstCommit(log) + 1; torn <= FramesOf(log); torn++)
        {
            await File.WriteAllBytesAsync(Left, file);
            await File.WriteAllBytesAsync(Left + "-wal", Damaged(log, torn));
            CountLost().Should().Be(0, "frame {0} is of a commit that confirmed nothing", torn);

            CommitEpoch();

            CountLost().Should().Be(0, "the same is lost as before: what begins with frame {0}", torn);
        }
    }

    [Theory]
    [InlineData(Durability.Power)]
    [InlineData(Durability.Process)]
    public async Task CountLost_DamageInTheFirstOfTwoCommits_CountsIt(Durability durability)
    {
        await WriteLogAsync(async store =>
        {
            for (int i = 1; i <= 2; i++)
            {
                await StoreFolder.CommitAsync(store, commit =>
                {
                    commit.Durability = durability;
                    commit.Appends.Add(new StoreAppend(1, i, new byte[100]));
                });
            }
        });
        byte[] log = await File.ReadAllBytesAsync(Left + "-wal");

        for (int frame = 1; frame <= EndOfFirstCommit(log); frame++)
        {
            await File.WriteAllBytesAsync(Left + "-wal", Damaged(log, frame));
            CountLost().Should().Be(1, "frame {0} is damaged, and there was another commit", frame);
        }
    }

    [Theory]
    [InlineData(7, 25)]
    [InlineData(7, 41)]
    [InlineData(20, 4_200)]
    public async Task CountLost_DamageFromTheHeaderIntoTheFirstFrame_IsTold(int from, int length)
    {
        await WriteLogAsync(async store =>
        {
            for (int i = 1; i <= 3; i++)
            {
                await StoreFolder.AppendAsync(store, 1, i, 1);
            }
        });
        byte[] log = await File.ReadAllBytesAsync(Left + "-wal");
        log.AsSpan(from, length).Fill(0xA5);
        await File.WriteAllBytesAsync(Left + "-wal", log);

        CountLost().Should().BePositive("SQLite reads nothing of this log, and two of its commits were followed by another one");
    }

    private string Left => _folder.File("left.db");

    // What a kill leaves of a store, whose log begins with what the commits write.
    private async Task WriteLogAsync(Func<SqliteMessageStore, Task> commit)
    {
        await using SqliteMessageStore store = await _folder.OpenAsync();
        await commit(store);
        Copy(_folder.Path, Left);
        Copy(_folder.Path + "-wal", Left + "-wal");
    }

    private static void Copy(string from, string to)
    {
        using var source = new FileStream(from, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        using var target = new FileStream(to, FileMode.Create);
        source.CopyTo(target);
    }

    // An opening that is killed before it has emptied the log.
    private void CommitEpoch()
    {
        using var database = new Database(Left, queryOnly: false);
        database.KeepLogAtClose();
        var writer = new StoreWriter(database, new MetaTable(database), new DamageReport(passesOver: false), new ReadHints(), new SqliteStoreOptions());
        new StoreTransaction(Left, database).Run(powerSafe: true, writer.BeginEpoch, StoreStage.Open, () => { });
    }

    private int CountLost() => LeftLog.CountLost(Left + "-wal", new LogOrigin(MetaRow.In(Left)), out _);

    private static int FramesOf(byte[] log) => (log.Length - Header) / Frame;

    private static int EndOfFirstCommit(byte[] log) =>
        1 + Enumerable.Range(0, FramesOf(log)).First(i => BinaryPrimitives.ReadInt32BigEndian(log.AsSpan(Header + (i * Frame) + 4)) != 0);

    private static byte[] Damaged(byte[] log, int frame)
    {
        byte[] damaged = [.. log];
        damaged[Header + (frame * Frame) - 100] ^= 1;
        return damaged;
    }
}
