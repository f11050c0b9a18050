using Messaging.Storage;

namespace Messaging.Sqlite.Tests;

public sealed class BacklogReadingTests : IDisposable
{
    private const int Logs = 256;

    private readonly StoreFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Read_OneLaggingLogAmongMany_FindsItsRecordsInAnySteps()
    {
        await using SqliteMessageStore store = await _folder.OpenAsync();
        for (int round = 0; round < 600; round++)
        {
            int sequence = round + 1;
            await StoreFolder.CommitAsync(store, commit =>
            {
                commit.Appends.AddRange(Enumerable.Range(2, Logs - 1).Select(log => new StoreAppend(log, sequence, new byte[50])));
                commit.Trims.AddRange(Enumerable.Range(2, Logs - 1).Where(log => log > 10).Select(log => new StoreTrim(log, 0, sequence)));
                if (sequence % 20 == 0)
                {
                    commit.Appends.Add(new StoreAppend(1, sequence / 20, BitConverter.GetBytes(sequence)));
                }
            });
            await store.MaintainAsync(idle: false);
        }

        var output = new List<StoreRecord>();
        for (long next = 1; next <= 30; next = output[^1].Sequence + 1)
        {
            await store.ReadAsync(new StoreRange(1, next, 4, int.MaxValue), output);
        }

        output.Select(record => record.Sequence).Should().Equal(Enumerable.Range(1, 30).Select(i => (long)i));
        output.Select(record => BitConverter.ToInt32(record.Payload.Span)).Should().Equal(Enumerable.Range(1, 30).Select(i => i * 20));
        (await StoreFolder.ReadAsync(store, 5, 1)).Should().HaveCount(600);
        (await StoreFolder.ReadAsync(store, 200, 600)).Should().Equal(600);
        (await StoreFolder.ReadAsync(store, 1, 13, 2)).Should().Equal(13, 14);
    }

    [Fact]
    public async Task Read_RecordsOfAMebibyte_ComeOneByOne()
    {
        await using SqliteMessageStore store = await _folder.OpenAsync();
        await StoreFolder.AppendAsync(store, 1, 1, 12, bytes: 1 << 20);
        await StoreFolder.AppendAsync(store, 2, 1, 1);

        var output = new List<StoreRecord>();
        await store.ReadAsync(new StoreRange(1, 5, 100, 2 << 20), output);

        output.Select(record => record.Sequence).Should().Equal(5, 6);
        _folder.Count("batch").Should().Be(13);
    }
}
