using Messaging.Storage;
using Messaging.TestSupport;

namespace Messaging.Sqlite.Tests;

/// <summary>That a store believes its own write-ahead log, at every moment of its lives, and no other one, even of its own.</summary>
public sealed class LogOriginTests : IDisposable
{
    // How far apart the moments are that are mixed: some copies and beginnings of the log lie between.
    private const int Near = 8;

    private readonly TemporaryFolder _folder = new();
    private readonly List<Moment> _moments = [];
    private string _path;

    public LogOriginTests() => _path = _folder.File("life-0.db");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Store_OfEachMomentWithItsOwnLog_IsOpenedWhole()
    {
        await LiveAsync();

        foreach (Moment moment in _moments)
        {
            (await OpenAsync(moment.File, moment.Log)).Should().Be(moment.Last, moment.Name);
        }
    }

    [Fact]
    public async Task Store_OfOneMomentWithTheLogOfAnother_IsRefusedOrIsWhatTheLogSays()
    {
        await LiveAsync();
        int pairs = 0;
        int refused = 0;
        for (int i = 0; i < _moments.Count; i++)
        {
            foreach (Moment with in _moments[Math.Max(0, i - Near)..Math.Min(_moments.Count, i + Near + 1)].Where(near => near.Log is { Length: > 0 } && near != _moments[i]))
            {
                long? last = await OpenAsync(_moments[i].File, with.Log);
                pairs++;
                refused += last is null ? 1 : 0;
                (last ?? with.Last).Should().Be(with.Last, $"the file is of {_moments[i].Name} and the log of {with.Name}");
            }
        }

        refused.Should().BeInRange(pairs / 2, pairs - 1, "few of them go together");
    }

    // Two lives that end in order, and two that do not; the log is copied into the file and begun anew in between.
    private async Task LiveAsync()
    {
        long next = 1;
        for (int life = 0; life < 4; life++)
        {
            bool isKilled = life % 2 == 1;
            await using (var store = new SqliteMessageStore(_path))
            {
                await store.OpenAsync();
                Note($"the beginning of life {life}", next - 1);
                for (int step = 0; step < 4; step++)
                {
                    await StoreFolder.AppendAsync(store, 1, next, 40, bytes: 10_000);
                    next += 40;
                    Note($"step {step} of life {life}", next - 1);
                    if (step % 2 == 1)
                    {
                        await StoreFolder.TrimAsync(store, 1, next - 60);
                    }

                    await store.MaintainAsync(idle: true);
                    Note($"step {step} of life {life}, maintained", next - 1);
                }

                if (isKilled)
                {
                    // What lies on the disk now goes on under another name; the rest is nobody's.
                    _path = _folder.File($"life-{life + 1}.db");
                    Write(_path, _moments[^1].File);
                    Write(_path + "-wal", _moments[^1].Log!);
                }
            }

            if (!isKilled)
            {
                Note($"the end of life {life}", next - 1);
            }
        }
    }

    private void Note(string name, long last)
    {
        string log = _path + "-wal";
        _moments.Add(new Moment(name, Read(_path), File.Exists(log) ? Read(log) : null, last));
    }

    private static byte[] Read(string path)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        byte[] bytes = new byte[file.Length];
        file.ReadExactly(bytes);
        return bytes;
    }

    private static void Write(string path, byte[] bytes) => File.WriteAllBytes(path, bytes);

    // The last record; null if it was refused.
    private async Task<long?> OpenAsync(byte[] file, byte[]? log)
    {
        string path = _folder.File($"{Guid.NewGuid():N}.db");
        Write(path, file);
        if (log is not null)
        {
            Write(path + "-wal", log);
        }

        try
        {
            await using var store = new SqliteMessageStore(path, new() { CheckOnOpen = SqliteStoreCheck.Full });
            StoreContents contents = await store.OpenAsync();
            contents.Damage.Should().BeEmpty();
            return contents.LastSequences.GetValueOrDefault(1);
        }
        catch (StoreFormatException e)
        {
            e.Message.Should().Contain("-wal'").And.Contain("of this store, but of another time");
            File.ReadAllBytes(path).AsSpan().SequenceEqual(file).Should().BeTrue("a refusal leaves it as it is");
            return null;
        }
        finally
        {
            foreach (string left in Directory.GetFiles(_folder.Path, Path.GetFileName(path) + "*"))
            {
                File.Delete(left);
            }
        }
    }

    private sealed record Moment(string Name, byte[] File, byte[]? Log, long Last);
}
