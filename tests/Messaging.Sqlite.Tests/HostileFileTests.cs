using Messaging.Sqlite.Tests.Hostile;
using Messaging.Storage;

namespace Messaging.Sqlite.Tests;

/// <summary>What lies beside, in and at the path of a file, and is not ours, is refused with a text that is true, and left as it is.</summary>
public sealed class HostileFileTests : IDisposable
{
    private const string WriteTables = "MESSAGING_WRITE_TABLES";
    private const string Begin = "<!-- The table of hostile files is written by HostileFileTests; do not change it by hand. -->\n";
    private const string End = "<!-- The end of the table of hostile files. -->";

    private static readonly HostileCase[] _all = [.. HostileNeighbours.All, .. HostileSchemas.All, .. HostilePaths.All];

    private readonly HostileFolder _folder = new();

    public static TheoryData<string> Cases => [.. _all.Select(hostile => hostile.ToString())];

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task File_WithWhatIsNotOurs_GetsWhatTheTableSays(string name)
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Skip("Windows has no pipes and links of this kind.");
            return;
        }

        HostileCase hostile = _all.Single(one => one.ToString() == name);
        if (hostile.Call is HostileCall.Backup)
        {
            await BackUpAsync(hostile);
            return;
        }

        if (hostile.Call is not HostileCall.Create)
        {
            await _folder.CreateStoreAsync("s.db", HostileFolder.Records, isCrashed: hostile.Call == HostileCall.Recover);
        }

        hostile.Arrange(_folder);
        await VerifyAsync(hostile, async () =>
        {
            await using var store = new SqliteMessageStore(PathOf(hostile), new() { CheckOnOpen = SqliteStoreCheck.Full });
            StoreContents contents = await store.OpenAsync();
            contents.Damage.Should().BeEmpty();
            contents.LastSequences.GetValueOrDefault(1).Should().Be(hostile.Call == HostileCall.Create ? 0 : HostileFolder.Records);
        });
    }

    [Fact]
    public void Table_OfHostileFiles_IsTheOneInTheReadme()
    {
        string readme = Path.Combine(Root(), "tests", "README.md");
        string text = File.ReadAllText(readme).ReplaceLineEndings("\n");
        string table = string.Join('\n', ["| call | what is there | what it gets |", "|---|---|---|", .. _all.Select(hostile => hostile.Row)]) + "\n";
        int begin = text.IndexOf(Begin, StringComparison.Ordinal) + Begin.Length;
        int end = text.IndexOf(End, StringComparison.Ordinal);
        begin.Should().BeInRange(Begin.Length, end, "the table has its place in the README");
        if (Environment.GetEnvironmentVariable(WriteTables) == "1")
        {
            File.WriteAllText(readme, text[..begin] + table + text[end..]);
            return;
        }

        text[begin..end].Should().Be(table, $"the table is written by this test with {WriteTables}=1");
    }

    private static string Root()
    {
        string? folder = AppContext.BaseDirectory;
        while (folder is not null && !File.Exists(Path.Combine(folder, "Messaging.sln")))
        {
            folder = Path.GetDirectoryName(folder);
        }

        return folder ?? throw new InvalidOperationException("The tests do not run in the tree.");
    }

    // What is not a path must not be made one.
    private string PathOf(HostileCase hostile) => hostile.Refusal == typeof(ArgumentException) ? hostile.Target : _folder.File(hostile.Target);

    private async Task BackUpAsync(HostileCase hostile)
    {
        await _folder.CreateStoreAsync("s.db", HostileFolder.Records);
        await using (var store = new SqliteMessageStore(_folder.File("s.db")))
        {
            await store.OpenAsync();
            hostile.Arrange(_folder);
            await VerifyAsync(hostile, () => store.BackupAsync(PathOf(hostile)).AsTask());
            (await StoreFolder.ReadAsync(store, 1, 1)).Should().HaveCount(HostileFolder.Records);
        }

        if (hostile.IsAccepted)
        {
            await using var copy = new SqliteMessageStore(_folder.File(hostile.Target), new() { CheckOnOpen = SqliteStoreCheck.Full });
            (await copy.OpenAsync()).LastSequences[1].Should().Be(HostileFolder.Records);
            Directory.GetFiles(_folder.File(""), "*unfinished*").Should().BeEmpty();
        }
    }

    private async Task VerifyAsync(HostileCase hostile, Func<Task> act)
    {
        bool isOpen = hostile.Call == HostileCall.Backup;
        string[] before = _folder.Snapshot(isOpen);
        if (hostile.IsAccepted)
        {
            await act();
            return;
        }

        Exception refusal = (await act.Should().ThrowAsync<Exception>()).Which;

        refusal.Should().BeOfType(hostile.Refusal);
        refusal.Message.Should().Match($"*{hostile.Gets}*").And.Contain(hostile.Refusal == typeof(ArgumentException) ? hostile.Target : _folder.File(""));
        _folder.Snapshot(isOpen).Should().Equal(before, "a refusal leaves everything as it is");
    }
}
