using System.Text;
using Messaging.Sqlite;
using Messaging.Storage;
using Messaging.TestSupport;
using Microsoft.Data.Sqlite;

namespace Messaging.Specification.Tests.Broker;

/// <summary>Contract line 11 for files: what is not ours to open is refused by name, and left as it is.</summary>
public sealed class BadFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public async Task File_ThatIsNotSqlite_IsRefusedUntouched()
    {
        string path = _folder.File("notes.txt");
        await File.WriteAllTextAsync(path, string.Concat(Enumerable.Repeat("These are my notes, and no database.\n", 200)));

        StoreFormatException error = await ShouldRefuseUntouchedAsync<StoreFormatException>(path);

        error.Store.Should().Contain("notes.txt");
    }

    [Fact]
    public async Task File_WithAStateThatTheEngineCannotRead_IsRefusedByNameWithoutTheClaimThatItIsUntouched()
    {
        string path = _folder.File("states.db");
        await using (var store = new SqliteMessageStore(path))
        {
            await store.OpenAsync();
            var commit = new StoreCommit();
            commit.Declared.Add(new StoreEntry(1, StoreEntryKind.Queue, "orders"));
            commit.Cursors.Add(new StoreCursor(1, 1, new byte[] { 0x80 }));
            await store.CommitAsync(commit);
        }

        StoreException error = (await FluentActions.Awaiting(() => MessageBroker.OpenAsync(path).AsTask()).Should().ThrowAsync<StoreException>()).Which;

        error.Should().NotBeOfType<StoreFormatException>();
        error.Message.Should().Contain(path).And.Contain("stored state is damaged");
    }

    [Fact]
    public async Task File_ThatBeginsLikeSqlite_IsRefusedUntouched()
    {
        string path = _folder.File("liar.db");
        await File.WriteAllBytesAsync(path, [.. Encoding.ASCII.GetBytes("SQLite format 3\0"), .. new byte[4_080]]);

        await ShouldRefuseUntouchedAsync<StoreFormatException>(path);
    }

    [Fact]
    public async Task File_OfAnotherApplication_IsRefusedUntouched()
    {
        string path = _folder.File("theirs.db");
        Execute(path, "CREATE TABLE invoices (id INTEGER PRIMARY KEY, total REAL); INSERT INTO invoices VALUES (1, 9.5);");

        await ShouldRefuseUntouchedAsync<StoreFormatException>(path);
    }

    [Fact]
    public async Task File_OfAnotherApplicationThatSaysSo_IsRefusedUntouched()
    {
        string path = _folder.File("theirs.db");
        Execute(path, "PRAGMA application_id = 252006673; CREATE TABLE x (y);");

        await ShouldRefuseUntouchedAsync<StoreFormatException>(path);
    }

    [Fact]
    public async Task File_OfANewerVersion_IsRefusedUntouched()
    {
        string path = await OurFileAsync();
        Execute(path, "PRAGMA user_version = 9999;");

        StoreFormatException error = await ShouldRefuseUntouchedAsync<StoreFormatException>(path);

        error.Message.Should().Contain("9999").And.Contain("newer");
    }

    [Fact]
    public async Task File_CutShort_IsRefusedUntouched()
    {
        string path = await OurFileAsync();
        byte[] bytes = await File.ReadAllBytesAsync(path);
        await File.WriteAllBytesAsync(path, bytes[..60]);

        await ShouldRefuseUntouchedAsync<StoreFormatException>(path);
    }

    [Fact]
    public async Task File_ThatIsReadOnly_IsRefusedUntouched()
    {
        string path = await OurFileAsync();
        File.SetAttributes(path, File.GetAttributes(path) | FileAttributes.ReadOnly);

        await ShouldRefuseUntouchedAsync<StoreException>(path);
    }

    [Fact]
    public async Task Path_ThatIsAFolder_IsRefused()
    {
        string path = _folder.File("folder");
        Directory.CreateDirectory(path);

        StoreException error = await ShouldRefuseAsync<StoreException>(path);

        error.Message.Should().Contain(path);
        Directory.GetFileSystemEntries(_folder.Path, "*", SearchOption.AllDirectories).Should().Equal(path);
    }

    [Fact]
    public async Task Path_InAMissingFolder_IsRefusedAndCreatesNothing()
    {
        string path = Path.Combine(_folder.Path, "missing", "broker.db");

        StoreException error = await ShouldRefuseAsync<StoreException>(path);

        error.Message.Should().Contain(path);
        Directory.GetFileSystemEntries(_folder.Path).Should().BeEmpty();
    }

    [Theory]
    [InlineData("Data Source=w.db", "OpenAsync(\"w.db\")")]
    [InlineData("filename = w.db; Mode=ReadWrite", "OpenAsync(\"w.db\")")]
    [InlineData(":memory:", "MessageBroker.InMemory()")]
    [InlineData("file:w.db?mode=memory", "plain path")]
    public async Task Path_OfAnotherInterfaceOfSqlite_IsRefusedWithTheRightCall(string path, string call)
    {
        string[] before = Directory.GetFileSystemEntries(".");

        ArgumentException error = await ShouldRefuseAsync<ArgumentException>(path);

        error.ParamName.Should().Be("path");
        error.Message.Should().Contain(path).And.Contain(call);
        Directory.GetFileSystemEntries(".").Should().Equal(before, "no file gets such a name");
    }

    [Fact]
    public async Task Backup_ToAPathOfAnotherInterface_IsRefusedWithTheRightCall()
    {
        await using MessageBroker broker = await MessageBroker.OpenAsync(_folder.File("broker.db")).Soon();

        await FluentActions.Awaiting(() => broker.BackupAsync("Data Source=copy.db").AsTask().Soon())
            .Should().ThrowAsync<ArgumentException>().WithMessage("*BackupAsync(\"copy.db\")*");
        await FluentActions.Awaiting(() => broker.BackupAsync(":memory:").AsTask().Soon()).Should().ThrowAsync<ArgumentException>();
    }

    [Fact]
    public async Task Backup_OfABrokerInMemory_IsRefusedWithTheWayOut()
    {
        await using MessageBroker broker = MessageBroker.InMemory();

        await FluentActions.Awaiting(() => broker.BackupAsync(_folder.File("copy.db")).AsTask().Soon())
            .Should().ThrowAsync<NotSupportedException>().WithMessage("*Open a broker on a file to back it up.");
    }

    [Fact]
    public async Task File_WithATriggerThatUndoesAcks_IsRefusedUntouched()
    {
        string path = await OurFileAsync();
        Execute(path, "CREATE TRIGGER undo AFTER UPDATE ON cursor_shard BEGIN DELETE FROM cursor_shard; END;");

        StoreFormatException error = await ShouldRefuseUntouchedAsync<StoreFormatException>(path);

        error.Message.Should().Contain("trigger 'undo'");
    }

    [Fact]
    public async Task File_ClosedBesideTheLogOfAnother_IsRefusedUntouchedUntilItIsMovedAway()
    {
        string path = await OurFileAsync();
        string other = _folder.File("other.db");
        await using (MessageBroker broker = await MessageBroker.OpenAsync(other).Soon())
        {
            await broker.Queue("orders").Producer<int>().SendAsync(99).Soon();
            File.Copy(other + "-wal", path + "-wal");
        }

        StoreFormatException error = await ShouldRefuseUntouchedAsync<StoreFormatException>(path);

        error.Message.Should().Contain("was closed and needs no write-ahead log").And.Contain(path + "-wal").And.Contain("Move that file away");
        File.Delete(path + "-wal");
        await using MessageBroker again = await MessageBroker.OpenAsync(path).Soon();
        (await again.Queue("orders").Consumer<int>().NextAsync()).Body.Should().Be(1);
    }

    [Fact]
    public async Task File_OpenInThisProcess_IsRefusedAndTheFirstBrokerGoesOn()
    {
        string path = _folder.File("broker.db");
        await using MessageBroker first = await MessageBroker.OpenAsync(path).Soon();
        await first.Queue("orders").Producer<int>().SendAsync(1).Soon();

        StoreInUseException error = await ShouldRefuseAsync<StoreInUseException>(path);
        await ShouldRefuseAsync<StoreInUseException>(Path.Combine(_folder.Path, ".", "broker.db"));

        error.Message.Should().Contain(path).And.Contain("open in another broker");
        await first.Queue("orders").Producer<int>().SendAsync(2).Soon();
        IConsumer<int> consumer = first.Queue("orders").Consumer<int>();
        ((await consumer.NextAsync()).Body, (await consumer.NextAsync()).Body).Should().Be((1, 2));
    }

    [Fact]
    public async Task File_ClosedByItsBroker_CanBeOpenedAgain()
    {
        string path = _folder.File("broker.db");
        for (int i = 0; i < 5; i++)
        {
            await using MessageBroker broker = await MessageBroker.OpenAsync(path).Soon();
            (await broker.Queue("orders").Producer<int>().SendAsync(i).Soon()).Sequence.Should().Be(i + 1);
        }
    }

    [Fact]
    public async Task Path_NullOrEmpty_IsRefused()
    {
        await FluentActions.Awaiting(() => MessageBroker.OpenAsync((string)null!).Soon()).Should().ThrowAsync<ArgumentNullException>();
        await FluentActions.Awaiting(() => MessageBroker.OpenAsync("").Soon()).Should().ThrowAsync<ArgumentException>();
    }

    [Fact]
    public async Task Open_Cancelled_LeavesNothingOpen()
    {
        string path = await OurFileAsync();
        using var cancelled = new CancellationTokenSource();
        await cancelled.CancelAsync();

        await FluentActions.Awaiting(() => MessageBroker.OpenAsync(path, cancellationToken: cancelled.Token).Soon())
            .Should().ThrowAsync<OperationCanceledException>();

        await using MessageBroker broker = await MessageBroker.OpenAsync(path).Soon();
        (await broker.Queue("orders").Consumer<int>().NextAsync()).Body.Should().Be(1);
    }

    public void Dispose() => _folder.Dispose();

    private static async Task<TException> ShouldRefuseAsync<TException>(string path)
        where TException : Exception =>
        (await FluentActions.Awaiting(async () =>
        {
            await using MessageBroker broker = await MessageBroker.OpenAsync(path).Soon();
        }).Should().ThrowAsync<TException>()).Which;

    /// <summary>Expects a refusal that changes neither the file nor its folder, and leaves nothing locked.</summary>
    private async Task<TException> ShouldRefuseUntouchedAsync<TException>(string path)
        where TException : Exception
    {
        byte[] before = await File.ReadAllBytesAsync(path);
        DateTime written = File.GetLastWriteTimeUtc(path);
        string[] files = Directory.GetFiles(_folder.Path);

        TException error = await ShouldRefuseAsync<TException>(path);

        error.Message.Should().Contain(path);
        (await File.ReadAllBytesAsync(path)).Should().Equal(before);
        File.GetLastWriteTimeUtc(path).Should().Be(written);
        Directory.GetFiles(_folder.Path).Should().BeEquivalentTo(files, "no file of SQLite's is left beside it");
        await ShouldRefuseAsync<TException>(path);
        return error;
    }

    private async Task<string> OurFileAsync()
    {
        string path = _folder.File("broker.db");
        await using MessageBroker broker = await MessageBroker.OpenAsync(path).Soon();
        await broker.Queue("orders").Producer<int>().SendAsync(1).Soon();
        return path;
    }

    private static void Execute(string path, string sql)
    {
        using var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = path, Pooling = false }.ToString());
        connection.Open();
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }
}
